package dev.deepgemm.emulator.internal.memory;

import dev.deepgemm.api.launch.TensorMap;

/**
 * Shared-memory swizzle as the hardware does it: on the bits of the address, so that the pattern is
 * fixed to multiples of 1024, 512 and 256 bytes wherever a tile begins. Bits 4 to 6 (the 16-byte
 * chunk in a row of 128 bytes) are XORed with bits 7 to 9 (the row), of which narrower patterns use
 * fewer.
 */
public final class Swizzle {
  private Swizzle() {}

  public static int apply(TensorMap.Swizzle swizzle, int address) {
    return switch (swizzle) {
      case NONE -> address;
      case B32 -> address ^ ((address >>> 3) & 0x10);
      case B64 -> address ^ ((address >>> 3) & 0x30);
      case B128 -> address ^ ((address >>> 3) & 0x70);
    };
  }
}
