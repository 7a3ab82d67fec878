package dev.deepgemm.emulator;

import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.emulator.internal.memory.GlobalMemory;

/**
 * Device memory for the emulator: allocations with invented 64-bit addresses.
 *
 * <p>Addresses are multiples of 256, and between two allocations lies a gap that belongs to nobody,
 * so that an access behind the end of a tensor is found instead of hitting its neighbour. Each byte
 * knows whether it was ever written: a kernel that reads one that was not gets an undefined value.
 *
 * <p>Setting up is for one thread; kernels of one run may use it from several.
 */
public final class DeviceMemory {
  private final GlobalMemory memory = new GlobalMemory();

  /** An empty device memory. */
  public DeviceMemory() {}

  /** What kernels see of it. */
  GlobalMemory global() {
    return memory;
  }

  /**
   * Allocates memory that nobody has written.
   *
   * @param bytes its size, at least 1
   * @return its address, a multiple of 256
   */
  public long allocate(long bytes) {
    return memory.allocate(bytes);
  }

  /**
   * Declares that nothing in flight writes an allocation, as weights are not written: see {@link
   * Emulator.Builder#dependent}.
   *
   * @param address anywhere in it
   */
  public void declareConstant(long address) {
    memory.declareConstant(address);
  }

  /** Allocates memory that holds {@code data}; returns its address. */
  public long allocate(byte[] data) {
    return memory.allocate(data);
  }

  /** Writes bytes. */
  public void write(long address, byte[] data) {
    memory.write(address, data);
  }

  /** Reads bytes, written or not. */
  public byte[] read(long address, int bytes) {
    return memory.read(address, bytes);
  }

  /** Makes bytes undefined again, as if nobody had written them; what they hold is a pattern. */
  public void poison(long address, int bytes) {
    memory.poison(address, bytes);
  }

  /** How many bytes of a range nobody has written. */
  public int undefined(long address, int bytes) {
    return memory.undefined(address, bytes);
  }

  /**
   * Puts a tensor map into memory, for kernels that take its address instead of its value.
   *
   * @param address 128 allocated bytes; a multiple of 64
   */
  public void writeTensorMap(long address, TensorMap map) {
    memory.writeTensorMap(address, map);
  }
}
