package dev.deepgemm.emulator;

import java.util.List;

/**
 * One entry point, parsed.
 *
 * @param name its name
 * @param params its parameters, in order, with their offsets in the parameter space
 * @param paramBytes size of the parameter space
 * @param registers all registers of all blocks; the position in the list is the register's id
 * @param staticSharedBytes bytes of declared shared variables
 * @param dynamicSharedOffset where {@code extern} shared memory begins
 * @param instructions the body
 * @param requiredThreads product of {@code .reqntid}, 0 without it
 * @param maxThreads product of {@code .maxntid}, 0 without it
 * @param requiredCluster product of {@code .reqnctapercluster}, 0 without it
 */
record PtxKernel(
    String name,
    List<PtxScope.Variable> params,
    int paramBytes,
    List<PtxScope.Register> registers,
    int staticSharedBytes,
    int dynamicSharedOffset,
    List<PtxInstruction> instructions,
    int requiredThreads,
    int maxThreads,
    int requiredCluster) {}
