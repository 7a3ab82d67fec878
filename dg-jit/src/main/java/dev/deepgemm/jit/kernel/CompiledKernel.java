package dev.deepgemm.jit.kernel;

import dev.deepgemm.api.launch.PtxModule;

/**
 * A module and its machine code.
 *
 * @param module what was assembled
 * @param cubin the machine code
 * @param tier where it came from
 * @param assembler id and version of the assembler that made it
 * @param options options of that assembler
 * @param nanos time that this call took, whatever the tier; for {@link CacheTier#ASSEMBLED} the
 *     assembly and the publication
 */
public record CompiledKernel(
    PtxModule module, Cubin cubin, CacheTier tier, String assembler, String options, long nanos) {}
