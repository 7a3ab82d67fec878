package dev.deepgemm.emulator.internal.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.emulator.EmulatorException;
import dev.deepgemm.emulator.MicroKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A small GEMM as architectures without wgmma write it: TMA loads into a ring of two stages, mbarriers,
 * {@code ldmatrix} (with {@code .trans} where B is N-major) and {@code mma.sync} of BF16.
 */
class MmaPipelineTest {
  private static final int STEPS = 4;
  private static final int TILE = 64 * 128; // bytes of a tile of A or B: 64 lines of 128
  private static final int BARRIERS = 4 * TILE;

  private static final String LOAD_CLUSTER =
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes";
  private static final String LOAD_CTA =
      "cp.async.bulk.tensor.2d.shared::cta.global.tile.mbarrier::complete_tx::bytes";

  private static String wait(String label, int offset, int parity) {
    return """
        %1$s:
        mbarrier.try_wait.parity.shared::cta.b64 %%p2, [%%r11+%2$d], %3$d;
        @!%%p2 bra %1$s;
        """
        .formatted(label, offset, parity);
  }

  /** Thread 0 fills stage {@code step % 2}; barriers: full at 0 and 8, empty at 16 and 24. */
  private static String fill(int step, String load, boolean nMajor) {
    int stage = step % 2;
    String empty = step < 2 ? "" : wait("EMPTY" + step, 16 + 8 * stage, (step / 2 + 1) % 2);
    return """
        @!%%p1 bra FILLED%1$d;
        %2$s
        mbarrier.arrive.expect_tx.shared::cta.b64 _, [%%r11+%3$d], %4$d;
        %5$s [%%r10+%6$d], [%%rd5, {%7$d, 0}], [%%r11+%3$d];
        %5$s [%%r10+%8$d], [%%rd6, {%9$s}], [%%r11+%3$d];
        FILLED%1$d:
        """
        .formatted(
            step,
            empty,
            8 * stage,
            2 * TILE,
            load,
            stage * 2 * TILE,
            step * 64,
            stage * 2 * TILE + TILE,
            nMajor ? "0, " + step * 64 : step * 64 + ", 0");
  }

  /** Row and chunk of a lane, as an address in a tile whose lines are swizzled by 128 bytes. */
  private static String address(String to, int tile, String row, String chunk) {
    return """
        and.b32 %%r30, %3$s, 7;
        xor.b32 %%r30, %%r30, %4$s;
        shl.b32 %%r30, %%r30, 4;
        mad.lo.u32 %1$s, %3$s, 128, %%r30;
        add.u32 %1$s, %1$s, %%r10;
        add.u32 %1$s, %1$s, %2$d;
        """
        .formatted(to, tile, row, chunk);
  }

  private static String multiply(int stage, boolean nMajor) {
    StringBuilder ptx = new StringBuilder();
    for (int kk = 0; kk < 4; kk++) {
      ptx.append("add.u32 %r20, %r13, ").append(kk * 2).append(";\n"); // chunk of A
      ptx.append(address("%r40", stage * 2 * TILE, "%r12", "%r20"));
      ptx.append("ldmatrix.sync.aligned.m8n8.x4.shared::cta.b16 {%r1, %r2, %r3, %r4}, [%r40];\n");
      for (int pair = 0; pair < 4; pair++) {
        if (nMajor) {
          ptx.append("add.u32 %r21, %r14, ").append(kk * 16).append(";\n"); // line: k
          ptx.append("add.u32 %r22, %r13, ").append(pair * 2).append(";\n"); // chunk of n
        } else {
          ptx.append("add.u32 %r21, %r15, ").append(pair * 16).append(";\n"); // line: n
          ptx.append("add.u32 %r22, %r16, ").append(kk * 2).append(";\n"); // chunk of k
        }
        ptx.append(address("%r41", stage * 2 * TILE + TILE, "%r21", "%r22"));
        ptx.append("ldmatrix.sync.aligned.m8n8.x4")
            .append(nMajor ? ".trans" : "")
            .append(".shared::cta.b16 {%r5, %r6, %r7, %r8}, [%r41];\n");
        for (int half = 0; half < 2; half++) {
          int f = (pair * 2 + half) * 4;
          ptx.append(
              """
              mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%%f%1$d, %%f%2$d, %%f%3$d, %%f%4$d}, {%%r1, %%r2, %%r3, %%r4}, {%%r%5$d, %%r%6$d}, {%%f%1$d, %%f%2$d, %%f%3$d, %%f%4$d};
              """
                  .formatted(f, f + 1, f + 2, f + 3, 5 + half * 2, 6 + half * 2));
        }
      }
    }
    return ptx.toString();
  }

  private static String ptx(String load, boolean nMajor) {
    StringBuilder ptx =
        new StringBuilder(
            """
            mov.u32 %%r10, smem;
            add.u32 %%r11, %%r10, %d;
            and.b32 %%r17, %%r0, 31;
            shr.u32 %%r18, %%r0, 5;
            and.b32 %%r14, %%r17, 15;
            mad.lo.u32 %%r12, %%r18, 16, %%r14;
            shr.u32 %%r13, %%r17, 4;
            and.b32 %%r15, %%r17, 7;
            mad.lo.u32 %%r15, %%r13, 8, %%r15;
            shr.u32 %%r16, %%r17, 3;
            and.b32 %%r16, %%r16, 1;
            setp.eq.u32 %%p1, %%r0, 0;
            setp.eq.u32 %%p3, %%r17, 0;
            @%%p1 mbarrier.init.shared::cta.b64 [%%r11], 1;
            @%%p1 mbarrier.init.shared::cta.b64 [%%r11+8], 1;
            @%%p1 mbarrier.init.shared::cta.b64 [%%r11+16], 4;
            @%%p1 mbarrier.init.shared::cta.b64 [%%r11+24], 4;
            fence.mbarrier_init.release.cluster;
            bar.sync 0;
            mov.b64 %%rd4, map0;
            cvta.param.u64 %%rd5, %%rd4;
            mov.b64 %%rd4, map1;
            cvta.param.u64 %%rd6, %%rd4;
            """
                .formatted(BARRIERS));
    for (int i = 0; i < 32; i++) {
      ptx.append("mov.f32 %f").append(i).append(", 0f00000000;\n");
    }
    ptx.append(fill(0, load, nMajor));
    for (int step = 0; step < STEPS; step++) {
      if (step + 1 < STEPS) {
        ptx.append(fill(step + 1, load, nMajor));
      }
      ptx.append(wait("FULL" + step, 8 * (step % 2), step / 2 % 2));
      ptx.append(multiply(step % 2, nMajor));
      ptx.append("bar.warp.sync 0xffffffff;\n@%p3 mbarrier.arrive.shared::cta.b64 _, [%r11+")
          .append(16 + 8 * (step % 2))
          .append("];\n");
    }
    ptx.append(
        """
        shr.u32 %r20, %r17, 2;
        mad.lo.u32 %r20, %r18, 16, %r20;
        and.b32 %r21, %r17, 3;
        shl.b32 %r21, %r21, 3;
        mad.lo.u32 %r20, %r20, 256, %r21;
        cvt.u64.u32 %rd7, %r20;
        add.u64 %rd7, %rd7, %rd0;
        """);
    for (int tile = 0; tile < 8; tile++) {
      for (int half = 0; half < 2; half++) {
        int f = tile * 4 + half * 2;
        ptx.append("st.global.v2.f32 [%rd7+")
            .append(half * 8 * 256 + tile * 32)
            .append("], {%f" + f + ", %f" + (f + 1) + "};\n");
      }
    }
    return ptx.toString();
  }

  private static float[][] random(Random random, int rows, int columns) {
    float[][] values = new float[rows][columns];
    for (float[] row : values) {
      for (int i = 0; i < columns; i++) {
        row[i] = random.nextInt(9) - 4;
      }
    }
    return values;
  }

  private static TensorMap map(MicroKernel kernel, float[][] values) {
    int columns = values[0].length;
    int pitch = (columns + 7) / 8 * 16;
    ByteBuffer bytes = ByteBuffer.allocate(values.length * pitch).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < values.length; row++) {
      for (int i = 0; i < columns; i++) {
        int bits = Float.floatToRawIntBits(values[row][i]) >>> 16;
        bytes.putShort(row * pitch + i * 2, (short) bits);
      }
    }
    return TensorMap.builder(TensorMap.Element.BF16)
        .address(kernel.memory().allocate(bytes.array()))
        .dim((long) columns)
        .dim((long) values.length, (long) pitch)
        .box(64, 64)
        .swizzle(TensorMap.Swizzle.B128)
        .build();
  }

  private static MicroKernel kernel(String ptx, String target, float[][] a, float[][] b) {
    MicroKernel kernel =
        MicroKernel.of(ptx).target(target).threads(128).smem(BARRIERS + 32).output(64 * 256);
    return kernel.map(map(kernel, a)).map(map(kernel, b));
  }

  @ParameterizedTest(name = "{0}, B N-major: {1}, {2} x {3} x {4}")
  @CsvSource({
    "sm_120, false, 64, 64, 256",
    "sm_120, true, 64, 64, 256",
    "sm_120, false, 50, 37, 200",
    "sm_120a, true, 50, 37, 200",
    "sm_90, true, 33, 64, 250",
    "sm_100, false, 1, 1, 1",
  })
  void product_isTheNaiveOne(String target, boolean nMajor, int m, int n, int k) {
    Random random = new Random(m + n + k);
    float[][] a = random(random, m, k);
    float[][] b = nMajor ? random(random, k, n) : random(random, n, k);
    String load = target.startsWith("sm_120") ? LOAD_CTA : LOAD_CLUSTER;
    for (long seed = 0; seed < 3; seed++) {
      ByteBuffer out = kernel(ptx(load, nMajor), target, a, b).seed(seed).run();
      for (int row = 0; row < 64; row++) {
        for (int column = 0; column < 64; column++) {
          float expected = 0;
          if (row < m && column < n) {
            for (int x = 0; x < k; x++) {
              expected += a[row][x] * (nMajor ? b[x][column] : b[column][x]);
            }
          }
          assertEquals(expected, out.getFloat(row * 256 + column * 4), row + ", " + column);
        }
      }
    }
  }

  @Test
  void readingBeforeTheCopyHasArrived_isAFault() {
    float[][] a = random(new Random(1), 64, 256);
    float[][] b = random(new Random(2), 64, 256);
    String hasty = ptx(LOAD_CTA, false).replace(wait("FULL3", 8, 1), "");
    int found = 0;
    for (long seed = 0; seed < 12; seed++) {
      try {
        kernel(hasty, "sm_120", a, b).seed(seed).run();
      } catch (EmulatorException e) {
        assertEquals("DG-EMU-22", e.problems().get(0).id(), e.getMessage());
        assertTrue(e.getMessage().contains("was still writing"), e.getMessage());
        found++;
      }
    }
    assertTrue(found > 0, "in no order of twelve was the copy late");
  }

  @Test
  void bytesThatDoNotAddUp_areADeadlock() {
    float[][] a = random(new Random(1), 64, 256);
    float[][] b = random(new Random(2), 64, 256);
    String wrong =
        ptx(LOAD_CTA, false).replace("], " + 2 * TILE + ";", "], " + (2 * TILE + 16) + ";");
    kernel(wrong, "sm_120", a, b).fault("DG-EMU-10");
  }
}
