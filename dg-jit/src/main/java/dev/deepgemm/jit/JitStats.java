package dev.deepgemm.jit;

/**
 * What a compiler did since it was created. A server that has warmed up watches {@code assembled}: it
 * must stand still.
 *
 * @param assembled kernels assembled
 * @param assembleNanos time spent in assemblers
 * @param fromPack kernels read from packs on the class path
 * @param fromDisk kernels read from the cache folder
 * @param fromMemory requests answered from memory
 * @param setAside bad entries of the cache folder that were replaced
 */
public record JitStats(
    long assembled,
    long assembleNanos,
    long fromPack,
    long fromDisk,
    long fromMemory,
    long setAside) {}
