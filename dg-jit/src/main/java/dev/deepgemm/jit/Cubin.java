package dev.deepgemm.jit;

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

  /** A cubin with what its assembler printed, of which the usage may be known better. */
  Cubin(byte[] bytes, Optional<ResourceUsage> usage, String log) {
    this(bytes, usage, AssemblerLog.losses(log), log);
  }

  Cubin(byte[] bytes, Optional<ResourceUsage> usage, List<String> losses, String log) {
    this.bytes = bytes;
    this.usage = usage;
    this.losses = List.copyOf(losses);
    this.log = log;
  }

  /** A cubin with what its assembler printed. */
  static Cubin of(byte[] bytes, String log) {
    return new Cubin(bytes, AssemblerLog.usage(log), log);
  }

  /** The ELF image that the driver loads. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The image itself; callers inside the package do not write to it. */
  byte[] image() {
    return bytes;
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
