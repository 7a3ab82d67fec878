package dev.deepgemm.jit.kernel;

import java.util.List;
import java.util.Optional;

/**
 * Machine code of one kernel for one target.
 *
 * <p>Immutable; {@link #bytes()} copies.
 */
public final class Cubin {
  private final byte[] bytes;
  private final Optional<ResourceUsage> usage;
  private final List<String> losses;
  private final String log;

  /**
   * A cubin with what is known of it.
   *
   * @param bytes the ELF image; copied
   * @param usage registers, spills, stack and static shared memory, where known
   * @param losses what its assembler called losses of speed
   * @param log what its assembler printed
   */
  public Cubin(byte[] bytes, Optional<ResourceUsage> usage, List<String> losses, String log) {
    this.bytes = bytes.clone();
    this.usage = usage;
    this.losses = List.copyOf(losses);
    this.log = log;
  }

  /** The ELF image that the driver loads. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** Size of the image. */
  public int size() {
    return bytes.length;
  }

  /** Registers, spills, stack and static shared memory, where the assembler told. */
  public Optional<ResourceUsage> usage() {
    return usage;
  }

  /**
   * What the assembler itself calls a loss of speed, such as {@code C7504: 'setmaxnreg' ignored to maintain
   * compatibility across compilation units}; none in any good kernel.
   */
  public List<String> losses() {
    return losses;
  }

  /** What the assembler printed; empty for a cubin from the cache. */
  public String log() {
    return log;
  }
}
