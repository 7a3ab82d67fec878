package dev.deepgemm.emulator.internal.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.emulator.MicroKernel;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FloatTest {
  private static float run(String op, float a, float b, float c) {
    String ptx =
        """
        ld.global.f32 %%f1, [%%rd1];
        ld.global.f32 %%f2, [%%rd1+4];
        ld.global.f32 %%f3, [%%rd1+8];
        %s;
        st.global.f32 [%%rd0], %%f4;
        """
            .formatted(op);
    return MicroKernel.of(ptx)
        .input(Float.floatToRawIntBits(a), Float.floatToRawIntBits(b), Float.floatToRawIntBits(c))
        .real();
  }

  @Test
  void fma_roundsOnce() {
    float a = 1 + 0x1p-12f;
    float exact = (float) ((double) a * a - 1);
    assertEquals(exact, run("fma.rn.f32 %f4, %f1, %f2, %f3", a, a, -1));
    assertTrue(a * a - 1 != exact, "the operands must tell rounding once from rounding twice");
  }

  @Test
  void arithmetic_isIeee() {
    assertEquals(0.1f + 0.2f, run("add.f32 %f4, %f1, %f2", 0.1f, 0.2f, 0));
    assertEquals(0.1f - 0.3f, run("sub.rn.f32 %f4, %f1, %f2", 0.1f, 0.3f, 0));
    assertEquals(0.1f * 0.3f, run("mul.f32 %f4, %f1, %f2", 0.1f, 0.3f, 0));
    assertEquals(0.1f / 0.3f, run("div.rn.f32 %f4, %f1, %f2", 0.1f, 0.3f, 0));
    assertEquals(-2f, run("neg.f32 %f4, %f1", 2, 0, 0));
    assertEquals(2f, run("abs.f32 %f4, %f1", -2, 0, 0));
    assertEquals((float) Math.sqrt(2f), run("sqrt.rn.f32 %f4, %f1", 2, 0, 0));
    assertEquals(0.25f, run("rcp.rn.f32 %f4, %f1", 4, 0, 0));
    assertEquals(8f, run("ex2.approx.f32 %f4, %f1", 3, 0, 0));
  }

  @Test
  void maximum_prefersTheNumberToNaN() {
    assertEquals(1f, run("max.f32 %f4, %f1, %f2", Float.NaN, 1, 0));
    assertTrue(Float.isNaN(run("max.NaN.f32 %f4, %f1, %f2", Float.NaN, 1, 0)));
  }

  @Test
  void flush_losesSubnormals() {
    float small = 0x1p-130f;
    assertEquals(small, run("mul.f32 %f4, %f1, %f2", small, 1, 0));
    assertEquals(0f, run("mul.ftz.f32 %f4, %f1, %f2", small, 1, 0));
  }

  @ParameterizedTest
  @CsvSource({
    "cvt.rni.s32.f32, 2.5, 2", "cvt.rni.s32.f32, 3.5, 4", "cvt.rzi.s32.f32, -2.9, -2",
    "cvt.rmi.s32.f32, -2.1, -3", "cvt.rpi.s32.f32, 2.1, 3", "cvt.rzi.s32.f32, 1e20, 2147483647",
    "cvt.rzi.u32.f32, -5, 0", "cvt.rzi.s32.f32, NaN, 0",
  })
  void conversion_toIntegerRoundsAndClamps(String op, float value, int expected) {
    String ptx = "ld.global.f32 %f1, [%rd1]; " + op + " %r1, %f1; st.global.b32 [%rd0], %r1;";
    int word = MicroKernel.of(ptx).input(Float.floatToRawIntBits(value)).word();
    assertEquals(expected, word);
  }

  @Test
  void conversion_fromIntegersRoundsToNearest() {
    String ptx = "cvt.rn.f32.s32 %f1, 16777217; st.global.f32 [%rd0], %f1;";
    assertEquals(16777216f, MicroKernel.of(ptx).real());
    String unsigned = "cvt.rn.f32.u32 %f1, 0xffffffff; st.global.f32 [%rd0], %f1;";
    assertEquals(4294967296f, MicroKernel.of(unsigned).real());
  }

  @Test
  void bf16Pair_hasTheFirstSourceOnTop() {
    String ptx =
        """
        mov.f32 %f1, 0f3F800000;
        mov.f32 %f2, 0f40000000;
        cvt.rn.bf16x2.f32 %r1, %f1, %f2;
        st.global.b32 [%rd0], %r1;
        """;
    assertEquals(0x3f804000, MicroKernel.of(ptx).word());
  }

  @Test
  void e4m3Pair_saturates() {
    String ptx =
        """
        mov.f32 %f1, 0f44610000;
        mov.f32 %f2, 0fBF800000;
        cvt.rn.satfinite.e4m3x2.f32 %h1, %f1, %f2;
        cvt.u32.u16 %r1, %h1;
        st.global.b32 [%rd0], %r1;
        """;
    assertEquals(0x7eb8, MicroKernel.of(ptx).word()); // 900 becomes 448; -1 below it
  }

  @Test
  void comparison_knowsUnordered() {
    String ptx =
        """
        ld.global.f32 %f1, [%rd1];
        setp.lt.f32 %p1, %f1, 0f3F800000;
        setp.ltu.f32 %p2, %f1, 0f3F800000;
        setp.ne.f32 %p3|%p4, %f1, %f1;
        selp.b32 %r1, 1, 0, %p1;
        selp.b32 %r2, 2, 0, %p2;
        selp.b32 %r3, 4, 0, %p3;
        selp.b32 %r4, 8, 0, %p4;
        or.b32 %r1, %r1, %r2;
        or.b32 %r1, %r1, %r3;
        or.b32 %r1, %r1, %r4;
        st.global.b32 [%rd0], %r1;
        """;
    int nan = Float.floatToRawIntBits(Float.NaN);
    assertEquals(2 + 8, MicroKernel.of(ptx).input(nan).word());
    assertEquals(1 + 2 + 8, MicroKernel.of(ptx).input(Float.floatToRawIntBits(0.5f)).word());
  }

  @Test
  void packedBf16_fusesPerHalf() {
    String ptx =
        """
        ld.global.b32 %r1, [%rd1];
        ld.global.b32 %r2, [%rd1+4];
        ld.global.b32 %r3, [%rd1+8];
        fma.rn.bf16x2 %r4, %r1, %r2, %r3;
        st.global.b32 [%rd0], %r4;
        """;
    Random random = new Random(1);
    for (int i = 0; i < 20; i++) {
      int[] in = {random.nextInt(), random.nextInt(), random.nextInt()};
      for (int j = 0; j < 3; j++) {
        in[j] = (in[j] & 0x807f807f) | 0x3f803f80; // exponents near one: nothing overflows
      }
      int word = MicroKernel.of(ptx).input(in).word();
      for (int half = 0; half < 32; half += 16) {
        double[] x = new double[3];
        for (int j = 0; j < 3; j++) {
          x[j] = Float.intBitsToFloat(in[j] >>> half << 16);
        }
        double exact = x[0] * x[1] + x[2];
        float got = Float.intBitsToFloat(word >>> half << 16);
        assertTrue(Math.abs(got - exact) <= Math.max(Math.ulp((float) exact) * 32768.0, 1e-30));
      }
    }
  }

  @Test
  void doublePrecision_isJavas() {
    String ptx =
        """
        mov.f64 %d1, 0d3FB999999999999A;
        mov.f64 %d2, 0d3FC999999999999A;
        fma.rn.f64 %d3, %d1, %d2, %d2;
        st.global.f64 [%rd0], %d3;
        """;
    ByteBuffer out = MicroKernel.of(ptx).run();
    assertEquals(Math.fma(0.1, 0.2, 0.2), out.getDouble(0));
  }
}
