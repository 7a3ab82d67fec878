package dev.deepgemm.jit.kernel;

/**
 * An assembler and whether it works on this machine.
 *
 * @param id its name, as {@code DG_JIT_ASSEMBLER} takes it
 * @param available whether it can be used
 * @param detail its version, or why it cannot be used
 */
public record AssemblerStatus(String id, boolean available, String detail) {}
