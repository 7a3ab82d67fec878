package dev.deepgemm.jit.kernel;

import java.nio.file.Path;

/**
 * The cache folder and what is in it.
 *
 * @param folder where the cubins are
 * @param entries cubins that are published
 * @param bytes their size, manifests included
 */
public record CacheStats(Path folder, int entries, long bytes) {}
