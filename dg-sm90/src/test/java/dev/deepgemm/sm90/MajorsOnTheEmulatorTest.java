package dev.deepgemm.sm90;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.api.launch.TensorMap.Element;
import dev.deepgemm.api.launch.TensorMap.Swizzle;
import dev.deepgemm.emulator.DeviceMemory;
import dev.deepgemm.emulator.Emulator;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.Param;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.SpecialRegister;
import dev.deepgemm.ptx.TensorMapAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.smem.Fragment;
import dev.deepgemm.ptx.smem.SmemDescriptor;
import dev.deepgemm.ptx.smem.SmemLayout;
import dev.deepgemm.ptx.smem.SmemRegion;
import dev.deepgemm.ptx.sync.Arrivals;
import dev.deepgemm.ptx.sync.Mbarrier;
import dev.deepgemm.ptx.sync.Rounds;
import dev.deepgemm.ptx.sync.Sync;
import dev.deepgemm.ptx.tma.TensorBox;
import dev.deepgemm.ptx.tma.Tma;
import dev.deepgemm.ptx.wgmma.Accumulator;
import dev.deepgemm.ptx.wgmma.Wgmma;
import dev.deepgemm.ptx.wgmma.WgmmaAtom;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A product of one CTA with operands of every major, D += A B, from a batch: what no kernel of this module
 * does yet, and the DSL already can. Sums of small integers, which every order adds up to the same.
 */
class MajorsOnTheEmulatorTest {
  private static final int K = 64;
  private static final int BATCH = 2;

  /** Slabs of 64 rows; the second one is found by moving a descriptor along m. */
  private static final int M = 128;

  /**
   * One operand.
   *
   * @param major which dimension is contiguous
   * @param swizzle of its lines
   * @param mn its rows or columns
   */
  private record Operand(Major major, Swizzle swizzle, int mn) {
    int line() {
      return swizzle.bytes() / Short.BYTES;
    }

    int boxes() {
      return major == Major.K ? 1 : (mn + line() - 1) / line();
    }

    /** In shared memory: K-major as many rows as there are, MN-major whole boxes. */
    int bytes() {
      return major == Major.K ? mn * K * Short.BYTES : boxes() * line() * K * Short.BYTES;
    }

    TensorMap map(long address) {
      int x = major == Major.K ? K : mn;
      int y = major == Major.K ? mn : K;
      long row = 2L * x;
      return TensorMap.builder(Element.BF16)
          .address(address)
          .dim((long) x)
          .dim((long) y, row)
          .dim((long) BATCH, row * y)
          .box(major == Major.K ? K : line(), y, 1)
          .swizzle(swizzle)
          .build();
    }

    void load(Code code, SmemAddress to, TensorMapAddress map, U32 z, Mbarrier barrier) {
      for (int box = 0; box < boxes(); box++) {
        SmemAddress at = code.add(to, box * line() * K * Short.BYTES);
        Tma.load(code, at, TensorBox.of(map, code.u32(box * line()), code.u32(0), z), barrier);
      }
    }

    SmemDescriptor descriptor(Code code, SmemAddress at) {
      return major == Major.K
          ? SmemDescriptor.kMajor(code, at, DataType.BF16, swizzle)
          : SmemDescriptor.mnMajor(code, at, DataType.BF16, swizzle, K);
    }

    int index(int z, int mnIndex, int k) {
      return z * mn * K + (major == Major.K ? mnIndex * K + k : k * mn + mnIndex);
    }
  }

  private static PtxModule emit(Operand a, Operand b, int n, int cluster) {
    SmemLayout layout = new SmemLayout();
    SmemRegion slotA = layout.region("A", a.bytes(), 1, 1024);
    SmemRegion slotB = layout.region("B", b.bytes(), 1, 1024);
    SmemRegion slotD = layout.region("D", M * n * Float.BYTES, 1, 128);
    SmemRegion filled = layout.region("barrier", Mbarrier.BYTES, 1, Mbarrier.BYTES);
    KernelBuilder kernel = new KernelBuilder("majors", "sm_90a", 128, cluster);
    Param.Map mapA = kernel.map("a");
    Param.Map mapB = kernel.map("b");
    Param.Map mapD = kernel.map("d");
    Param.Int first = kernel.integer("first");
    return kernel.build(
        code -> {
          SmemAddress base = code.dynamicSmem();
          U32 z = code.add(code.ldParam(first), code.special(SpecialRegister.CLUSTER_CTARANK));
          Mbarrier barrier = Mbarrier.at(code, filled.at(code, base));
          Pred loader = code.setp(Cmp.EQ, code.special(SpecialRegister.TID_X), 0);
          code.when(
              loader,
              () -> {
                barrier.init(Arrivals.of(1, "loader"));
                Mbarrier.fenceInit(code);
                barrier.arriveExpectTx(a.bytes() + b.bytes());
                a.load(code, slotA.at(code, base), code.addressOf(mapA), z, barrier);
                b.load(code, slotB.at(code, base), code.addressOf(mapB), z, barrier);
              });
          Sync.cta(code);
          Rounds.Round round = Rounds.of(code).begin();
          round.await(barrier);
          round.end();
          SmemAddress staged = slotD.at(code, base);
          multiply(code, a, b, n, slotA.at(code, base), slotB.at(code, base), staged);
          Sync.fenceProxyAsync(code);
          Sync.cta(code);
          code.when(
              loader,
              () -> {
                U32 zero = code.u32(0);
                TensorBox d = TensorBox.of(code.addressOf(mapD), zero, zero, z);
                Tma.reduceAdd(code, d, staged);
                Tma.commit(code);
                Tma.awaitRead(code, 0);
              });
        });
  }

  private static void multiply(
      Code code,
      Operand a,
      Operand b,
      int n,
      SmemAddress slotA,
      SmemAddress slotB,
      SmemAddress staged) {
    WgmmaAtom atom = new WgmmaAtom(DataType.BF16, DataType.BF16, a.major(), b.major(), n);
    SmemDescriptor describedA = a.descriptor(code, slotA);
    SmemDescriptor describedB = b.descriptor(code, slotB);
    Wgmma wgmma = new Wgmma(code);
    List<Accumulator> slabs = new ArrayList<>();
    for (int row = 0; row < M; row += WgmmaAtom.M) {
      SmemDescriptor slab = describedA.alongMn(row);
      Accumulator sum = wgmma.accumulator(atom);
      slabs.add(sum);
      wgmma.batch(
          issue -> {
            for (int k = 0; k < K; k += atom.k()) {
              Pred add = code.constant(k > 0);
              issue.mma(sum, slab.alongK(k), describedB.alongK(k), add);
            }
          });
    }
    wgmma.await(0);
    U32 lane = code.special(SpecialRegister.LANEID);
    U32 warp = code.div(code.special(SpecialRegister.TID_X), 32);
    U32 row = Fragment.upperRow(code, warp, lane);
    SmemAddress mine = code.mad(row, n * Float.BYTES, staged);
    SmemAddress at = code.add(mine, Fragment.column(code, lane, Float.BYTES));
    for (int slab = 0; slab < slabs.size(); slab++) {
      Accumulator sum = slabs.get(slab);
      for (int r = 0; r < sum.size(); r += 2) {
        int down = slab * WgmmaAtom.M + r % Fragment.BLOCK_REGISTERS / 2 * Fragment.LOWER;
        int offset = (down * n + Fragment.column(r)) * Float.BYTES;
        code.stShared(at, offset, sum.get(r), sum.get(r + 1));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "K, B128, K, B128, 64",
    "K, B128, MN, B128, 64",
    "K, B128, MN, B128, 96",
    "K, B128, MN, B128, 128",
    "MN, B128, K, B128, 64",
    "MN, B128, MN, B128, 64",
    "MN, B128, MN, B128, 128",
    "MN, B64, MN, B64, 96",
    "MN, B32, MN, B32, 80",
    "MN, B64, K, B128, 24"
  })
  void product_ofEveryMajor_isAddedToD(
      Major majorA, Swizzle swizzleA, Major majorB, Swizzle swizzleB, int n) {
    check(new Operand(majorA, swizzleA, M), new Operand(majorB, swizzleB, n), 1);
  }

  /** Addresses of CTAs in a cluster have their rank, which is no part of a descriptor. */
  @ParameterizedTest
  @CsvSource({
    "K, B128, K, B128, 64",
    "K, B128, MN, B128, 128",
    "MN, B128, K, B128, 64",
    "MN, B64, MN, B32, 80",
  })
  void product_inACluster_isAddedToD(
      Major majorA, Swizzle swizzleA, Major majorB, Swizzle swizzleB, int n) {
    check(new Operand(majorA, swizzleA, M), new Operand(majorB, swizzleB, n), BATCH);
  }

  /** Each CTA of a cluster takes another matrix of the batch, up to the last. */
  private static void check(Operand a, Operand b, int cluster) {
    int n = b.mn();
    Random random = new Random(n);
    float[] valuesA = integers(random, BATCH * M * K);
    float[] valuesB = integers(random, BATCH * n * K);
    float[] before = integers(random, BATCH * M * n);
    DeviceMemory memory = new DeviceMemory();
    long d = memory.allocate(fp32(before));
    TensorMap mapD =
        TensorMap.builder(Element.FP32)
            .address(d)
            .dim((long) n)
            .dim((long) M, 4L * n)
            .dim((long) BATCH, 4L * n * M)
            .box(n, M, 1)
            .build();
    int first = BATCH - cluster;
    List<KernelArg> args =
        List.of(
            new KernelArg.Map(a.map(memory.allocate(bf16(valuesA)))),
            new KernelArg.Map(b.map(memory.allocate(bf16(valuesB)))),
            new KernelArg.Map(mapD),
            new KernelArg.Int(first));
    int smem = a.bytes() + b.bytes() + M * n * Float.BYTES + Mbarrier.BYTES;
    Emulator.builder()
        .seed(7)
        .build()
        .run(emit(a, b, n, cluster), new LaunchPlan(cluster, 128, cluster, smem, args), memory);

    ByteBuffer after =
        ByteBuffer.wrap(memory.read(d, before.length * Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < before.length; i++) {
      float expected = before[i];
      int z = i / (M * n);
      int inMatrix = i % (M * n);
      for (int k = 0; k < K && z >= first; k++) {
        expected += valuesA[a.index(z, inMatrix / n, k)] * valuesB[b.index(z, inMatrix % n, k)];
      }
      assertEquals(expected, after.getFloat(), "element " + i);
    }
  }

  private static float[] integers(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextInt(17) - 8;
    }
    return values;
  }

  private static byte[] bf16(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putShort((short) (Float.floatToIntBits(value) >>> 16));
    }
    return bytes.array();
  }

  private static byte[] fp32(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }
}
