package dev.deepgemm.jit;

import java.util.Optional;

/**
 * Machine code of one kernel for one target.
 *
 * <p>Immutable; {@link #bytes()} copies.
 */
public final class Cubin {
  private final byte[] bytes;
  private final Optional<ResourceUsage> usage;
  private final String log;

  Cubin(byte[] bytes, Optional<ResourceUsage> usage, String log) {
    this.bytes = bytes;
    this.usage = usage;
    this.log = log;
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

  /** What the assembler printed; empty for a cubin from the cache. */
  public String log() {
    return log;
  }
}
