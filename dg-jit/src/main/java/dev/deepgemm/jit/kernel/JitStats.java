package dev.deepgemm.jit.kernel;

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
 * @param refused kernels that were missing while {@code DG_JIT_MODE} was {@code never}
 * @param evicted entries removed from the cache folder to keep it below its limit
 * @param loaded kernels loaded onto a device
 * @param loadNanos time spent loading them
 */
public record JitStats(
    long assembled,
    long assembleNanos,
    long fromPack,
    long fromDisk,
    long fromMemory,
    long setAside,
    long refused,
    long evicted,
    long loaded,
    long loadNanos) {}
