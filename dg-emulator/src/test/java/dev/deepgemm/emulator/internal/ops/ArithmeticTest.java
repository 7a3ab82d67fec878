package dev.deepgemm.emulator.internal.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.deepgemm.emulator.MicroKernel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Integer instructions: expected values are worked out by hand from the PTX manual. */
class ArithmeticTest {
  @ParameterizedTest(name = "{0} {1} {2} {3}")
  @CsvSource({
    "add.s32, 0x7fffffff, 1, 0, 0x80000000",
    "sub.u32, 3, 5, 0, 0xfffffffe",
    "mul.lo.s32, 0x10001, 0x10001, 0, 0x20001",
    "mul.hi.s32, 0xffffffff, 2, 0, 0xffffffff",
    "mul.hi.u32, 0xffffffff, 2, 0, 1",
    "mad.lo.s32, 7, 6, 100, 142",
    "div.s32, 0xfffffff9, 2, 0, 0xfffffffd",
    "div.u32, 0xfffffff9, 2, 0, 0x7ffffffc",
    "rem.s32, 0xfffffff9, 2, 0, 0xffffffff",
    "rem.u32, 17, 5, 0, 2",
    "min.s32, 0xffffffff, 1, 0, 0xffffffff",
    "min.u32, 0xffffffff, 1, 0, 1",
    "max.s32, 0xffffffff, 1, 0, 1",
    "max.u32, 0xffffffff, 1, 0, 0xffffffff",
    "and.b32, 0xff00, 0x0ff0, 0, 0x0f00",
    "or.b32, 0xff00, 0x0ff0, 0, 0xfff0",
    "xor.b32, 0xff00, 0x0ff0, 0, 0xf0f0",
    "shl.b32, 1, 31, 0, 0x80000000",
    "shl.b32, 1, 32, 0, 0",
    "shr.u32, 0x80000000, 31, 0, 1",
    "shr.u32, 0x80000000, 40, 0, 0",
    "shr.s32, 0x80000000, 4, 0, 0xf8000000",
    "shr.s32, 0x80000000, 40, 0, 0xffffffff",
    "shf.l.wrap.b32, 0x80000001, 0x12345678, 4, 0x23456788",
    "shf.r.wrap.b32, 0x12345678, 0xabcdef01, 8, 0x01123456",
    "shf.r.clamp.b32, 0x12345678, 0xabcdef01, 40, 0xabcdef01",
    "bfe.u32, 0x12345678, 8, 12, 0x456",
    "bfe.s32, 0x0000f800, 8, 8, 0xfffffff8",
    "bfe.u32, 0x12345678, 8, 0, 0",
    "prmt.b32, 0x33221100, 0x77665544, 0x7531, 0x77553311",
    "prmt.b32, 0x000000f0, 0, 0x8888, 0xffffffff",
  })
  void result_isTheManuals(String op, String a, String b, String c, String expected) {
    boolean three = op.matches("(mad|shf|bfe|prmt).*");
    String ptx =
        """
        ld.global.b32 %%r1, [%%rd1];
        ld.global.b32 %%r2, [%%rd1+4];
        ld.global.b32 %%r3, [%%rd1+8];
        %s %%r4, %%r1, %%r2%s;
        st.global.b32 [%%rd0], %%r4;
        """
            .formatted(op, three ? ", %r3" : "");
    int word = MicroKernel.of(ptx).input(bits(a), bits(b), bits(c)).word();
    assertEquals(Integer.toHexString(bits(expected)), Integer.toHexString(word));
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "not.b32, 0x0f0f0f0f, 0xf0f0f0f0",
    "neg.s32, 5, 0xfffffffb",
    "abs.s32, 0xfffffffb, 5",
    "popc.b32, 0xf0f01, 9",
    "clz.b32, 0x00010000, 15",
    "clz.b32, 0, 32",
    "brev.b32, 0x00000003, 0xc0000000",
    "bfind.u32, 0x00010000, 16",
    "bfind.u32, 0, 0xffffffff",
    "bfind.s32, 0xffff0000, 15",
    "bfind.shiftamt.u32, 0x00010000, 15",
    "cnot.b32, 0, 1",
    "cvt.s32.s8, 0x1f0, 0xfffffff0",
    "cvt.u32.u16, 0xabcd1234, 0x1234",
    "cvt.sat.s8.s32, 1000, 127",
  })
  void unary_isTheManuals(String op, String a, String expected) {
    String ptx =
        """
        ld.global.b32 %%r1, [%%rd1];
        %s %%r4, %%r1;
        st.global.b32 [%%rd0], %%r4;
        """
            .formatted(op);
    assertEquals(
        Integer.toHexString(bits(expected)),
        Integer.toHexString(MicroKernel.of(ptx).input(bits(a)).word()));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "mul.wide.u32, 0xffffffff, 0xffffffff, 0xfffffffe00000001",
    "mul.wide.s32, 0xffffffff, 3, 0xfffffffffffffffd",
  })
  void wideProduct_has64Bits(String op, String a, String b, String expected) {
    String ptx =
        """
        ld.global.b32 %%r1, [%%rd1];
        ld.global.b32 %%r2, [%%rd1+4];
        %s %%rd4, %%r1, %%r2;
        st.global.b64 [%%rd0], %%rd4;
        """
            .formatted(op);
    long found = MicroKernel.of(ptx).input(bits(a), bits(b)).run().getLong(0);
    assertEquals(Long.parseUnsignedLong(expected.substring(2), 16), found);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "mul.hi.u64, 0x8000000000000000",
    "mul.hi.s64, 0xffffffffffffffff",
    "add.s64, 0x0000000000000001",
    "mul.lo.u64, 0xfffffffffffffffe",
  })
  void sixtyFourBits_areNotCut(String op, String expected) {
    // The operands are 2^64-1 and 2, except for the high product: 2^64-1 and 2^63 + 1.
    String second = op.equals("mul.hi.u64") ? "0x8000000000000001" : "2";
    String ptx =
        """
        mov.b64 %%rd4, 0xffffffffffffffff;
        mov.b64 %%rd5, %s;
        %s %%rd6, %%rd4, %%rd5;
        st.global.b64 [%%rd0], %%rd6;
        """
            .formatted(second, op);
    long found = MicroKernel.of(ptx).run().getLong(0);
    assertEquals(expected, "0x" + String.format("%016x", found));
  }

  @ParameterizedTest
  @CsvSource({"0xe8", "0x96", "0x80", "0xfe", "0x1b"})
  void lop3_looksUpEachBit(String table) {
    String ptx =
        """
        lop3.b32 %%r4, 0x0f, 0x33, 0x55, %s;
        and.b32 %%r4, %%r4, 0xff;
        st.global.b32 [%%rd0], %%r4;
        """
            .formatted(table);
    int lut = Integer.decode(table);
    int expected = 0;
    for (int bit = 0; bit < 8; bit++) {
      int index = (0x0f >> bit & 1) * 4 + (0x33 >> bit & 1) * 2 + (0x55 >> bit & 1);
      expected |= (lut >> index & 1) << bit;
    }
    assertEquals(expected, MicroKernel.of(ptx).word());
  }

  @ParameterizedTest
  @CsvSource({"4, 8, 0xfffffabf", "0, 32, 0x000000ab", "28, 8, 0xbfffffff", "3, 0, 0xffffffff"})
  void bfi_insertsAField(int position, int length, String expected) {
    String ptx =
        """
        mov.b32 %%r1, 0xab;
        mov.b32 %%r2, 0xffffffff;
        bfi.b32 %%r4, %%r1, %%r2, %d, %d;
        st.global.b32 [%%rd0], %%r4;
        """
            .formatted(position, length);
    assertEquals(
        Integer.toHexString(bits(expected)), Integer.toHexString(MicroKernel.of(ptx).word()));
  }

  private static int bits(String text) {
    return Long.decode(text).intValue();
  }
}
