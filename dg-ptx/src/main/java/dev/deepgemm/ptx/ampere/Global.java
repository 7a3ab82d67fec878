package dev.deepgemm.ptx.ampere;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U64;

/** Addresses in global memory, and plain stores to it. */
public final class Global {
  private Global() {}

  /** {@code base + index * bytes}, 64 bits wide. */
  public static U64 address(Code code, U64 base, U32 index, U32 bytes) {
    U64 address = code.newU64();
    code.raw("mad.wide.u32 " + address + ", " + index + ", " + bytes + ", " + base);
    return address;
  }

  /** Stores the lower 16 bits; the address is a multiple of 2. */
  public static void store16(Code code, U64 address, U32 value) {
    code.raw("st.global.b16 [" + address + "], " + value);
  }

  /** Stores 32 bits; the address is a multiple of 4. */
  public static void store32(Code code, U64 address, U32 value) {
    code.raw("st.global.b32 [" + address + "], " + value);
  }

  /** Stores a float; the address is a multiple of 4. */
  public static void store(Code code, U64 address, F32 value) {
    code.raw("st.global.f32 [" + address + "], " + value);
  }

  /** Stores two floats; the address is a multiple of 8. */
  public static void store(Code code, U64 address, F32 first, F32 second) {
    code.raw("st.global.v2.f32 [" + address + "], {" + first + ", " + second + "}");
  }
}
