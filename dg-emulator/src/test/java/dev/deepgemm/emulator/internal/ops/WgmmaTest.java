package dev.deepgemm.emulator.internal.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.emulator.MicroKernel;
import dev.deepgemm.emulator.internal.numbers.ElementType;
import dev.deepgemm.emulator.internal.numbers.Formats;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * wgmma against a naive product. Operands are small integers, so that every sum is exact in every
 * order; their layout in shared memory is built here from the layouts of the manual, chunk by chunk,
 * without the address arithmetic of the emulator.
 */
class WgmmaTest {
  private static final int B_OFFSET = 65_536;

  /** A matrix operand: {@code rows} x {@code k} integers, and how it lies in shared memory. */
  private record Operand(int[][] values, ElementType type, int swizzle, boolean kMajor) {
    static Operand random(
        Random random, int rows, int k, ElementType type, int swizzle, boolean kMajor) {
      int[][] values = new int[rows][k];
      for (int[] row : values) {
        java.util.Arrays.setAll(row, i -> random.nextInt(9) - 4);
      }
      return new Operand(values, type, swizzle, kMajor);
    }

    int rows() {
      return values.length;
    }

    int k() {
      return values[0].length;
    }

    /** Distance of core matrices or atoms along the contiguous direction. */
    int leading() {
      if (kMajor) {
        return swizzle == 0 ? rows() * 16 : 16;
      }
      return swizzle == 0 ? rows() * 16 : swizzle * k();
    }

    int stride() {
      if (kMajor) {
        return swizzle == 0 ? 128 : 8 * swizzle;
      }
      return swizzle == 0 ? 128 : 8 * swizzle;
    }

    int offset(int row, int k) {
      int perChunk = 16 / type.bytes();
      int line = kMajor ? row : k;
      int along = kMajor ? k : row;
      int chunk = along / perChunk;
      int rest = along % perChunk * type.bytes();
      if (swizzle == 0) {
        // K-major: stride between groups of 8 rows. MN-major: stride between chunks of rows.
        return kMajor
            ? line / 8 * stride() + line % 8 * 16 + chunk * leading() + rest
            : chunk * stride() + line % 8 * 16 + line / 8 * leading() + rest;
      }
      int chunks = swizzle / 16;
      int permuted =
          switch (swizzle) {
            case 128 -> chunk % chunks ^ line % 8;
            case 64 -> chunk % chunks ^ line % 8 / 2;
            default -> chunk % chunks ^ line % 8 / 4;
          };
      int atoms = chunk / chunks * leading(); // 0 in K-major operands, which are one atom wide
      return atoms + line / 8 * stride() + line % 8 * swizzle + permuted * 16 + rest;
    }

    void write(ByteBuffer image, int at) {
      for (int row = 0; row < rows(); row++) {
        for (int x = 0; x < k(); x++) {
          int value = values[row][x];
          if (type == ElementType.E4M3) {
            image.put(at + offset(row, x), (byte) Formats.toE4m3(value));
          } else if (type == ElementType.BF16) {
            image.putShort(at + offset(row, x), (short) Formats.toBf16(value));
          } else {
            image.putShort(at + offset(row, x), (short) Formats.toF16(value));
          }
        }
      }
    }

    /** Descriptor without its address. */
    long descriptor() {
      long mode = swizzle == 128 ? 1 : swizzle == 64 ? 2 : swizzle == 32 ? 3 : 0;
      return (long) (leading() >> 4) << 16 | (long) (stride() >> 4) << 32 | mode << 62;
    }

    /** Bytes from one instruction's part of k to the next one's. */
    int step() {
      if (kMajor) {
        return swizzle == 0 ? 2 * leading() : 32;
      }
      return swizzle == 0 ? 2 * leading() : 2 * stride();
    }
  }

  private static String registers(int n) {
    return IntStream.range(0, n / 2).mapToObj(i -> "%f" + i).collect(Collectors.joining(", "));
  }

  private static String name(ElementType type) {
    return type.name().toLowerCase(java.util.Locale.ROOT);
  }

  /** Fills shared memory with the input, and clears the accumulators. */
  private static String begin(int words, int n) {
    StringBuilder ptx =
        new StringBuilder(
            """
            mov.u32 %%r10, smem;
            mov.u32 %%r20, %%r0;
            FILL:
            shl.b32 %%r21, %%r20, 2;
            add.u32 %%r21, %%r21, %%r10;
            mad.wide.u32 %%rd6, %%r20, 4, %%rd1;
            ld.global.u32 %%r22, [%%rd6];
            st.shared.u32 [%%r21], %%r22;
            add.u32 %%r20, %%r20, 128;
            setp.lt.u32 %%p3, %%r20, %d;
            @%%p3 bra FILL;
            fence.proxy.async;
            bar.sync 0;
            shr.u32 %%r12, %%r10, 4;
            cvt.u64.u32 %%rd10, %%r12;
            setp.ne.u32 %%p1, 1, 0;
            """
                .formatted(words));
    for (int i = 0; i < n / 2; i++) {
      ptx.append("mov.f32 %f").append(i).append(", 0f00000000;\n");
    }
    return ptx.append("wgmma.fence.sync.aligned;\n").toString();
  }

  private static String end(int n) {
    StringBuilder ptx =
        new StringBuilder(
            """
            wgmma.commit_group.sync.aligned;
            wgmma.wait_group.sync.aligned 0;
            mad.wide.u32 %%rd7, %%r0, %d, %%rd0;
            """
                .formatted(n * 2));
    for (int i = 0; i < n / 2; i++) {
      ptx.append("st.global.f32 [%rd7+").append(i * 4).append("], %f").append(i).append(";\n");
    }
    return ptx.toString();
  }

  private static String multiply(Operand a, Operand b, int step, String left) {
    int n = b.rows();
    long startB = (B_OFFSET + (long) step * b.step()) >> 4;
    String flags =
        a.type().bytes() == 1
            ? ""
            : (left.startsWith("{") ? "" : a.kMajor() ? ", 0" : ", 1")
                + (b.kMajor() ? ", 0" : ", 1");
    return """
        or.b64 %%rd11, %%rd10, %d;
        add.u64 %%rd11, %%rd11, %d;
        or.b64 %%rd12, %%rd10, %d;
        add.u64 %%rd12, %%rd12, %d;
        wgmma.mma_async.sync.aligned.m64n%dk%d.f32.%s.%s {%s}, %s, %%rd12, %%p1, 1, 1%s;
        """
        .formatted(
            a.descriptor(),
            (long) step * a.step() >> 4,
            b.descriptor(),
            startB,
            n,
            a.type().k(),
            name(a.type()),
            name(a.type()),
            registers(n),
            left,
            flags);
  }

  private static byte[] image(Operand a, Operand b) {
    ByteBuffer image = ByteBuffer.allocate(131_072).order(ByteOrder.LITTLE_ENDIAN);
    a.write(image, 0);
    b.write(image, B_OFFSET);
    return image.array();
  }

  private static void assertProduct(Operand a, Operand b, ByteBuffer out) {
    int n = b.rows();
    for (int thread = 0; thread < 128; thread++) {
      for (int i = 0; i < n / 2; i++) {
        int row = thread / 32 * 16 + thread % 32 / 4 + i / 2 % 2 * 8;
        int column = i / 4 * 8 + thread % 4 * 2 + i % 2;
        int expected = 0;
        for (int x = 0; x < a.k(); x++) {
          expected += a.values()[row][x] * b.values()[column][x];
        }
        assertEquals(
            expected, out.getFloat((thread * n / 2 + i) * 4), "row " + row + " column " + column);
      }
    }
  }

  @ParameterizedTest(name = "{0} n={1} A {2} {3} B {4} {5}")
  @CsvSource({
    "BF16, 8, 128, K, 128, K",
    "BF16, 64, 64, K, 32, K",
    "BF16, 256, 32, K, 64, K",
    "BF16, 24, 0, K, 0, K",
    "BF16, 64, 128, MN, 128, MN",
    "BF16, 128, 64, MN, 32, MN",
    "BF16, 32, 32, MN, 64, MN",
    "BF16, 16, 0, MN, 0, MN",
    "BF16, 192, 128, K, 128, MN",
    "F16, 48, 128, K, 128, K",
    "E4M3, 8, 128, K, 128, K",
    "E4M3, 96, 64, K, 32, K",
    "E4M3, 176, 32, K, 0, K",
    "E4M3, 256, 0, K, 64, K",
  })
  void product_isTheNaiveOne(
      ElementType type, int n, int swizzleA, String majorA, int swizzleB, String majorB) {
    Random random = new Random(n);
    // K-major swizzled rows are one atom wide: k fills it, and the descriptor moves through it.
    int narrow = Math.min(width(swizzleA, majorA), width(swizzleB, majorB));
    int k = narrow / type.bytes();
    Operand a = Operand.random(random, 64, k, type, swizzleA, majorA.equals("K"));
    Operand b = Operand.random(random, n, k, type, swizzleB, majorB.equals("K"));
    StringBuilder ptx = new StringBuilder(begin(32_768, n));
    for (int step = 0; step < k / type.k(); step++) {
      ptx.append(multiply(a, b, step, "%rd11"));
    }
    ptx.append(end(n));
    ByteBuffer out =
        MicroKernel.of(ptx.toString())
            .threads(128)
            .smem(131_072)
            .input(image(a, b))
            .output(128 * n * 2)
            .run();
    assertProduct(a, b, out);
  }

  private static int width(int swizzle, String major) {
    return major.equals("MN") || swizzle == 0 ? 128 : swizzle;
  }

  @ParameterizedTest
  @CsvSource({"BF16, 64", "E4M3, 32"})
  void fragmentA_mayComeFromRegisters(ElementType type, int n) {
    Random random = new Random(9);
    Operand a = Operand.random(random, 64, type.k(), type, 32, true);
    Operand b = Operand.random(random, n, type.k(), type, 32, true);
    ByteBuffer plain = ByteBuffer.allocate(64 * 32).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < 64; row++) {
      for (int x = 0; x < type.k(); x++) {
        if (type.bytes() == 1) {
          plain.put(row * 32 + x, (byte) Formats.toE4m3(a.values()[row][x]));
        } else {
          plain.putShort(row * 32 + x * 2, (short) Formats.toBf16(a.values()[row][x]));
        }
      }
    }
    // Register i of lane l of warp w: row 16w + l/4 (+8 for odd i), bytes 4(l%4) (+16 for i >= 2).
    byte[] image = image(a, b);
    System.arraycopy(plain.array(), 0, image, 0, plain.capacity());
    String load =
        """
        shr.u32 %r30, %r0, 5;
        shl.b32 %r30, %r30, 4;
        and.b32 %r31, %r0, 31;
        shr.u32 %r32, %r31, 2;
        add.u32 %r30, %r30, %r32;
        and.b32 %r31, %r31, 3;
        shl.b32 %r31, %r31, 2;
        mad.lo.u32 %r33, %r30, 32, %r31;
        add.u32 %r33, %r33, %r10;
        ld.shared.b32 %r40, [%r33];
        ld.shared.b32 %r41, [%r33+256];
        ld.shared.b32 %r42, [%r33+16];
        ld.shared.b32 %r43, [%r33+272];
        wgmma.fence.sync.aligned;
        """;
    String ptx = begin(32_768, n) + load + multiply(a, b, 0, "{%r40, %r41, %r42, %r43}") + end(n);
    ByteBuffer out =
        MicroKernel.of(ptx).threads(128).smem(131_072).input(image).output(128 * n * 2).run();
    assertProduct(a, b, out);
  }

  /** A small product whose PTX the tests below damage. */
  private static MicroKernel damaged(java.util.function.UnaryOperator<String> damage) {
    Random random = new Random(4);
    Operand a = Operand.random(random, 64, 32, ElementType.E4M3, 32, true);
    Operand b = Operand.random(random, 16, 32, ElementType.E4M3, 32, true);
    String ptx = begin(32_768, 16) + multiply(a, b, 0, "%rd11") + end(16);
    return MicroKernel.of(damage.apply(ptx)).threads(128).smem(131_072).input(image(a, b));
  }

  @Test
  void undamaged_runs() {
    damaged(ptx -> ptx).run();
  }

  @Test
  void withoutProxyFence_isAFault() {
    damaged(ptx -> ptx.replace("fence.proxy.async;", "")).fault("DG-EMU-23");
  }

  @Test
  void withoutWgmmaFence_isAFault() {
    damaged(ptx -> ptx.replace("wgmma.fence.sync.aligned;", "")).fault("DG-EMU-41");
    String text =
        damaged(ptx -> ptx.replace("or.b64 %rd12", "add.f32 %f3, %f3, %f3;\nor.b64 %rd12"))
            .fault("DG-EMU-41");
    assertTrue(text.contains("%f3"), text);
  }

  @Test
  void accumulator_touchedInFlight_isAFault() {
    String text =
        damaged(ptx -> ptx.replace("wgmma.wait_group.sync.aligned 0;", "")).fault("DG-EMU-40");
    assertTrue(text.contains("%f0"), text);
    damaged(ptx -> ptx.replace("wait_group.sync.aligned 0", "wait_group.sync.aligned 1"))
        .fault("DG-EMU-40");
    damaged(ptx -> ptx.replace("wgmma.commit_group.sync.aligned;", "")).fault("DG-EMU-40");
  }

  @Test
  void byThreeWarps_isAFault() {
    String text =
        damaged(
                ptx ->
                    ptx.replace(
                        "or.b64 %rd12", "setp.ge.u32 %p5, %r0, 96;\n@%p5 exit;\nor.b64 %rd12"))
            .fault("DG-EMU-12");
    assertTrue(text.contains("warps 3 of warpgroup 0"), text);
  }

  @Test
  void operand_overwrittenInFlight_poisonsItsRows() {
    String overwrite =
        """
        setp.eq.u32 %p6, %r0, 0;
        @%p6 st.shared.u32 [%r10+256], %r0;
        wgmma.commit_group.sync.aligned;
        """;
    String text =
        damaged(ptx -> ptx.replace("wgmma.commit_group.sync.aligned;\n", overwrite))
            .fault("DG-EMU-22");
    assertTrue(text.contains("row 8 of A"), text);
    assertTrue(text.contains("overwrote while the wgmma"), text);
  }

  @Test
  void undefinedRows_mayBeThrownAway() {
    // Rows 16 and up of A are never written; only warp 0, which holds rows 0 to 15, stores.
    String keep =
        """
        setp.ge.u32 %p4, %r21, 512;
        setp.lt.u32 %p7, %r21, 32768;
        and.pred %p4, %p4, %p7;
        add.u32 %r21, %r21, %r10;
        @!%p4 st.shared.u32 [%r21], %r22;
        """;
    String onlyWarp0 =
        """
        wgmma.wait_group.sync.aligned 0;
        setp.ge.u32 %p5, %r0, 32;
        @%p5 exit;
        """;
    MicroKernel kernel =
        damaged(
            ptx ->
                ptx.replace("add.u32 %r21, %r21, %r10;\nmad.wide", "mad.wide")
                    .replace("st.shared.u32 [%r21], %r22;\n", keep)
                    .replace("wgmma.wait_group.sync.aligned 0;\n", onlyWarp0));
    kernel.run();
    String text =
        damaged(
                ptx ->
                    ptx.replace("add.u32 %r21, %r21, %r10;\nmad.wide", "mad.wide")
                        .replace("st.shared.u32 [%r21], %r22;\n", keep))
            .fault("DG-EMU-22");
    assertTrue(text.contains("of A, read by the wgmma"), text);
    assertTrue(text.contains("nobody had written"), text);
  }

  @Test
  void scaleD_zero_forgetsTheAccumulator() {
    ByteBuffer out =
        damaged(
                ptx ->
                    ptx.replace("mov.f32 %f0, 0f00000000;", "mov.f32 %f0, 0f7F800000;")
                        .replace("setp.ne.u32 %p1, 1, 0;", "setp.eq.u32 %p1, 1, 0;"))
            .run();
    assertTrue(Float.isFinite(out.getFloat(0)));
  }

  @Test
  void scales_negate() {
    float plain = damaged(ptx -> ptx).run().getFloat(4);
    float negated = damaged(ptx -> ptx.replace("%p1, 1, 1", "%p1, -1, 1")).run().getFloat(4);
    assertEquals(plain, -negated);
    assertTrue(plain != 0);
  }

  @Test
  void descriptor_thatIsNotModelled_isRefused() {
    String based = "or.b64 %rd12, %rd12, 0x2000000000000;\nwgmma.mma_async";
    damaged(ptx -> ptx.replace("wgmma.mma_async", based)).fault("DG-EMU-42");
    String differing =
        "cvt.u64.u32 %rd13, %r0;\nand.b64 %rd13, %rd13, 64;\nadd.u64 %rd12, %rd12, %rd13;\nwgmma.mma_async";
    damaged(ptx -> ptx.replace("wgmma.mma_async", differing)).fault("DG-EMU-42");
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 15, 30, 31, 46, 47, 48, 52, 61})
  void descriptor_withBitsOutsideOfItsFields_isRefused(int bit) {
    String set = "or.b64 %rd12, %rd12, " + (1L << bit) + ";\nwgmma.mma_async";
    String text = damaged(ptx -> ptx.replace("wgmma.mma_async", set)).fault("DG-EMU-42");
    assertTrue(text.contains("bits 0x" + Long.toHexString(1L << bit) + " are"), text);
  }
}
