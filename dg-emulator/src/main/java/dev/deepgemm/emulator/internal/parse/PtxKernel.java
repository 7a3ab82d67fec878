package dev.deepgemm.emulator.internal.parse;

import java.util.List;

/**
 * One entry point, parsed.
 *
 * @param head its name and parameters, and what it demands of a launch
 * @param paramBytes size of the parameter space
 * @param ctasPerSm CTAs for which an SM must have room, by {@code .minnctapersm}
 * @param registers all registers of all blocks; the position in the list is the register's id
 * @param staticSharedBytes bytes of declared shared variables
 * @param dynamicSharedOffset where {@code extern} shared memory begins
 * @param instructions the body
 */
public record PtxKernel(
    EntryHead head,
    int paramBytes,
    int ctasPerSm,
    List<PtxScope.Register> registers,
    int staticSharedBytes,
    int dynamicSharedOffset,
    List<PtxInstruction> instructions) {}
