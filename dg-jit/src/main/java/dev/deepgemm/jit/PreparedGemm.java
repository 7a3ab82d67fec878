package dev.deepgemm.jit;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.jit.kernel.ResourceUsage;
import java.util.Optional;

/**
 * A problem that is ready to be launched, and what it took to get there.
 *
 * @param config kernel and launch
 * @param tier where the kernel came from; {@link CacheTier#MEMORY} if it was loaded before
 * @param emitNanos time to write the PTX; 0 if the kernel was loaded before
 * @param assembleNanos time to obtain the machine code: to assemble it, or to read it from the cache; 0
 *     if the kernel was loaded before
 * @param loadNanos time to load it into the context; 0 if the kernel was loaded before
 * @param assembler id and version of the assembler that made the machine code
 * @param usage registers, spills, stack and static shared memory, where the assembler told
 * @param cubinBytes size of the machine code
 */
public record PreparedGemm(
    GemmConfig config,
    CacheTier tier,
    long emitNanos,
    long assembleNanos,
    long loadNanos,
    String assembler,
    Optional<ResourceUsage> usage,
    int cubinBytes) {

  /** Readable name of the kernel. */
  public String kernelId() {
    return config.kernel().id();
  }
}
