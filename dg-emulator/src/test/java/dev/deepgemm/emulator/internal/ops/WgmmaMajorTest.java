package dev.deepgemm.emulator.internal.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.emulator.MicroKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * BF16 operands of either major-ness, brought by TMA and multiplied by wgmma, against a product of the
 * matrices as they lie in global memory. Nothing here computes a swizzled address: where a box lies is
 * TMA's business, and the descriptors say where the boxes are.
 */
class WgmmaMajorTest {
  private static final int K = 64;
  private static final int B_OFFSET = 32_768;
  private static final int BARRIER = 98_304;

  /** In which order the boxes of an MN-major operand follow each other in shared memory. */
  private enum Order {
    /** One box per part of the rows, which holds all of k. */
    ROWS_OUTER,
    /** Boxes of 8 k, those of all rows first. */
    K_OUTER
  }

  /** One copy: where it goes, and the coordinates of its box. */
  private record Box(int offset, int x, int y) {}

  private record Operand(float[][] values, int swizzle, boolean kMajor, Order order) {
    static Operand random(Random random, int rows, int swizzle, String major, Order order) {
      float[][] values = new float[rows][K];
      for (float[] row : values) {
        for (int i = 0; i < K; i++) {
          row[i] = random.nextInt(9) - 4;
        }
      }
      return new Operand(values, swizzle, major.equals("K"), order);
    }

    int rows() {
      return values.length;
    }

    /** Bytes of one row of a box: as wide as the swizzle, or one chunk. */
    int width() {
      return swizzle == 0 ? 16 : swizzle;
    }

    /** Boxes that are needed for all of the contiguous dimension. */
    int across() {
      return ((kMajor ? K : rows()) * 2 + width() - 1) / width();
    }

    int boxLines() {
      return kMajor ? rows() : order == Order.ROWS_OUTER ? K : 8;
    }

    List<Box> boxes() {
      List<Box> boxes = new ArrayList<>();
      int offset = 0;
      int lines = kMajor ? rows() : K;
      for (int y = 0; y < lines; y += boxLines()) {
        for (int x = 0; x < across(); x++) {
          boxes.add(new Box(offset, x * width() / 2, y));
          offset += boxLines() * width();
        }
      }
      return boxes;
    }

    int bytes() {
      return boxes().size() * boxLines() * width();
    }

    private int rowsApart() {
      return order == Order.ROWS_OUTER ? K * width() : 8 * width();
    }

    private int kApart() {
      return order == Order.ROWS_OUTER ? 8 * width() : across() * 8 * width();
    }

    long descriptor() {
      int leading;
      int stride;
      if (kMajor) {
        leading = swizzle == 0 ? rows() * 16 : 16;
        stride = 8 * width();
      } else {
        // The two offsets change their parts where there is no swizzle.
        leading = swizzle == 0 ? kApart() : rowsApart();
        stride = swizzle == 0 ? rowsApart() : kApart();
      }
      long mode = swizzle == 128 ? 1 : swizzle == 64 ? 2 : swizzle == 32 ? 3 : 0;
      return (long) (leading >> 4) << 16 | (long) (stride >> 4) << 32 | mode << 62;
    }

    /** Bytes from the start of the operand to that of its {@code i}-th 16 of k. */
    int step(int i) {
      if (kMajor) {
        int at = i * 32;
        return at / width() * rows() * width() + at % width();
      }
      return 2 * i * kApart();
    }

    byte[] global() {
      int pitch = (kMajor ? K : (rows() + 7) / 8 * 8) * 2;
      ByteBuffer bytes = ByteBuffer.allocate(pitch * (kMajor ? rows() : K));
      bytes.order(ByteOrder.LITTLE_ENDIAN);
      for (int row = 0; row < rows(); row++) {
        for (int k = 0; k < K; k++) {
          int at = kMajor ? row * pitch + k * 2 : k * pitch + row * 2;
          bytes.putShort(at, (short) (Float.floatToRawIntBits(values[row][k]) >>> 16));
        }
      }
      return bytes.array();
    }

    TensorMap map(long address) {
      long inner = kMajor ? K : rows();
      long outer = kMajor ? rows() : K;
      TensorMap.Swizzle mode =
          switch (swizzle) {
            case 128 -> TensorMap.Swizzle.B128;
            case 64 -> TensorMap.Swizzle.B64;
            case 32 -> TensorMap.Swizzle.B32;
            default -> TensorMap.Swizzle.NONE;
          };
      return TensorMap.builder(TensorMap.Element.BF16)
          .address(address)
          .dim(inner)
          .dim(outer, (inner + 7) / 8 * 16)
          .box(width() / 2, boxLines())
          .swizzle(mode)
          .build();
    }
  }

  private static void loads(StringBuilder ptx, String map, int at, List<Box> boxes) {
    ptx.append("mov.b64 %rd4, ").append(map).append(";\ncvta.param.u64 %rd5, %rd4;\n");
    for (Box box : boxes) {
      ptx.append(
          """
          @%%p1 cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%%r10+%d], [%%rd5, {%d, %d}], [%%r11];
          """
              .formatted(at + box.offset(), box.x(), box.y()));
    }
  }

  private static String ptx(Operand a, Operand b) {
    int n = b.rows();
    StringBuilder ptx =
        new StringBuilder(
            """
            mov.u32 %%r10, smem;
            add.u32 %%r11, %%r10, %d;
            setp.eq.u32 %%p1, %%r0, 0;
            @%%p1 mbarrier.init.shared.b64 [%%r11], 1;
            fence.mbarrier_init.release.cluster;
            bar.sync 0;
            @%%p1 mbarrier.arrive.expect_tx.shared.b64 _, [%%r11], %d;
            """
                .formatted(BARRIER, a.bytes() + b.bytes()));
    loads(ptx, "map0", 0, a.boxes());
    loads(ptx, "map1", B_OFFSET, b.boxes());
    ptx.append(
        """
        WAIT:
        mbarrier.try_wait.parity.shared.b64 %p2, [%r11], 0;
        @!%p2 bra WAIT;
        shr.u32 %r12, %r10, 4;
        cvt.u64.u32 %rd10, %r12;
        """);
    for (int i = 0; i < n / 2; i++) {
      ptx.append("mov.f32 %f").append(i).append(", 0f00000000;\n");
    }
    ptx.append("setp.eq.u32 %p3, 0, 0;\nwgmma.fence.sync.aligned;\n");
    String registers =
        IntStream.range(0, n / 2).mapToObj(i -> "%f" + i).collect(Collectors.joining(", "));
    for (int i = 0; i < K / 16; i++) {
      ptx.append(
          """
          add.u64 %%rd11, %%rd10, %d;
          add.u64 %%rd12, %%rd10, %d;
          wgmma.mma_async.sync.aligned.m64n%dk16.f32.bf16.bf16 {%s}, %%rd11, %%rd12, %%p3, 1, 1, %d, %d;
          """
              .formatted(
                  a.descriptor() + (a.step(i) >> 4),
                  b.descriptor() + ((B_OFFSET + b.step(i)) >> 4),
                  n,
                  registers,
                  a.kMajor() ? 0 : 1,
                  b.kMajor() ? 0 : 1));
    }
    ptx.append(
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

  private static MicroKernel kernel(Operand a, Operand b, String ptx) {
    MicroKernel kernel = MicroKernel.of(ptx).threads(128).smem(BARRIER + 8);
    kernel.map(a.map(kernel.memory().allocate(a.global())));
    kernel.map(b.map(kernel.memory().allocate(b.global())));
    return kernel.output(128 * b.rows() * 2);
  }

  private static int wrong(Operand a, Operand b, ByteBuffer out) {
    int n = b.rows();
    int wrong = 0;
    for (int row = 0; row < 64; row++) {
      for (int column = 0; column < n; column++) {
        float expected = 0;
        for (int k = 0; k < K; k++) {
          expected += a.values()[row][k] * b.values()[column][k];
        }
        // The manual's fragment: four lanes hold 8 columns of a row, eight warp rows are 16 apart.
        int thread = row / 16 * 32 + row % 8 * 4 + column % 8 / 2;
        int register = column / 8 * 4 + row % 16 / 8 * 2 + column % 2;
        wrong += out.getFloat((thread * n / 2 + register) * 4) == expected ? 0 : 1;
      }
    }
    return wrong;
  }

  @ParameterizedTest(name = "n={0}, A {1} {2}, B {3} {4}, {5}")
  @CsvSource({
    "128, MN, 128, MN, 128, ROWS_OUTER",
    "128, MN, 128, MN, 128, K_OUTER",
    "256, K, 128, MN, 128, ROWS_OUTER",
    "256, K, 128, MN, 128, K_OUTER",
    "128, MN, 128, K, 128, ROWS_OUTER",
    "96, MN, 64, MN, 64, ROWS_OUTER",
    "96, MN, 64, MN, 64, K_OUTER",
    "64, MN, 32, MN, 32, ROWS_OUTER",
    "64, MN, 32, MN, 32, K_OUTER",
    "40, MN, 0, MN, 0, ROWS_OUTER",
    "40, MN, 0, MN, 0, K_OUTER",
    "64, MN, 0, K, 128, K_OUTER",
    "64, K, 64, MN, 0, ROWS_OUTER",
    "192, K, 32, MN, 64, K_OUTER",
    "8, MN, 64, MN, 128, ROWS_OUTER",
    "24, MN, 128, MN, 128, K_OUTER",
    "80, MN, 32, MN, 128, ROWS_OUTER",
    "72, K, 0, MN, 32, K_OUTER",
  })
  void product_isThatOfTheMatricesInGlobalMemory(
      int n, String majorA, int swizzleA, String majorB, int swizzleB, Order order) {
    Random random = new Random(31L * n + swizzleA + swizzleB);
    Operand a = Operand.random(random, 64, swizzleA, majorA, order);
    Operand b = Operand.random(random, n, swizzleB, majorB, order);
    assertEquals(0, wrong(a, b, kernel(a, b, ptx(a, b)).run()));
  }

  @Test
  void offsets_thatChangePlaces_giveAnotherProduct() {
    // What the test above would not see if the two offsets were the same number, or not looked at.
    Random random = new Random(5);
    Operand a = Operand.random(random, 64, 128, "K", Order.ROWS_OUTER);
    Operand b = Operand.random(random, 128, 128, "MN", Order.ROWS_OUTER);
    String swapped =
        ptx(a, b)
            .replace(
                "%rd10, " + (b.descriptor() + (B_OFFSET >> 4)),
                "%rd10, " + (1L << 62 | 64L << 16 | (long) (K * 128 >> 4) << 32 | B_OFFSET >> 4));
    assertTrue(wrong(a, b, kernel(a, b, swapped).run()) > 64 * 64);
  }

  /** The same by each CTA of a cluster of two, which do not know of each other. */
  private static MicroKernel pair(Operand a, Operand b, UnaryOperator<String> change) {
    String own =
        "mov.u32 %r13, %cluster_ctarank;\nmad.wide.u32 %rd0, %r13, " + bytes(b) + ", %rd0;\n";
    String ptx = own + change.apply(ptx(a, b));
    return kernel(a, b, ptx).cluster(2).output(2 * bytes(b));
  }

  private static int bytes(Operand b) {
    return 128 * b.rows() * 2;
  }

  private static ByteBuffer second(Operand b, ByteBuffer out) {
    return out.slice(bytes(b), bytes(b)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String masked(String ptx) {
    String shift = "shr.u32 %r12, ";
    return ptx.replace(shift + "%r10, 4;", "and.b32 %r12, %r10, 0x3ffff;\n" + shift + "%r12, 4;");
  }

  @ParameterizedTest
  @CsvSource({
    "MN, MN, 128, true",
    "K, MN, 128, true",
    "K, K, 128, true",
    // Nobody looks at the leading offset: K-major, and MN-major that is no wider than the swizzle.
    "K, K, 128, false",
    "MN, MN, 64, false",
  })
  void product_inACluster_isRight(String majorA, String majorB, int n, boolean masked) {
    Random random = new Random(n);
    Operand a = Operand.random(random, 64, 128, majorA, Order.ROWS_OUTER);
    Operand b = Operand.random(random, n, 128, majorB, Order.ROWS_OUTER);
    ByteBuffer out = pair(a, b, ptx -> masked ? masked(ptx) : ptx).run();
    assertEquals(0, wrong(a, b, out));
    assertEquals(0, wrong(a, b, second(b, out)));
  }

  @Test
  void rankInTheLeadingOffset_isFoundWhereItCounts() {
    Random random = new Random(6);
    Operand a = Operand.random(random, 64, 128, "K", Order.ROWS_OUTER);
    Operand b = Operand.random(random, 128, 128, "MN", Order.ROWS_OUTER);
    // The second box of the second CTA is read 256 bytes too far on, and so beyond its end.
    String text = pair(a, b, ptx -> ptx).fault("DG-EMU-22");
    assertTrue(text.contains("of B"), text);
    // Where zeros lie behind it, the product is wrong; that of the first CTA is right.
    String zeros =
        "mad.lo.u32 %r14, %r0, 4, %r10;\nst.shared.u32 [%r14+"
            + (B_OFFSET + b.bytes())
            + "], 0;\nfence.proxy.async;\nbar.sync 0;\nWAIT:\n";
    ByteBuffer out = pair(a, b, ptx -> ptx.replace("WAIT:\n", zeros)).run();
    assertEquals(0, wrong(a, b, out));
    assertTrue(wrong(a, b, second(b, out)) > 64 * 32);
  }

  @Test
  void flagsOfEightBitElements_areRefused() {
    String ptx =
        "wgmma.mma_async.sync.aligned.m64n8k32.f32.e4m3.e4m3 {%f0, %f1, %f2, %f3}, %rd0, %rd1, %p1,"
            + " 1, 1, 1, 1;";
    MicroKernel.of(ptx).threads(128).fault("DG-EMU-04");
  }
}
