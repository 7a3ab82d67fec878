package dev.deepgemm.jit.kernel;

import java.time.Instant;
import java.util.Optional;

/**
 * A kernel in the cache folder.
 *
 * @param key SHA-256 over PTX, target, assembler and options; the name of its files
 * @param kernel its entry point; empty if its manifest cannot be read
 * @param target such as {@code sm_90a}
 * @param assembler id and version of what made it
 * @param bytes of its two files
 * @param lastUsed when it was last read or written, to within ten minutes
 * @param usage registers and local memory, where the assembler told
 * @param damage why no process will use it; empty if it is whole, or was not looked at
 */
public record CacheEntry(
    String key,
    String kernel,
    String target,
    String assembler,
    long bytes,
    Instant lastUsed,
    Optional<ResourceUsage> usage,
    Optional<String> damage) {}
