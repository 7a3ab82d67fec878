package dev.deepgemm.sm90;

import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.DeviceMatrix;
import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.KernelArg;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.LaunchPlan;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.OperandRole;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.TensorMap;
import dev.deepgemm.api.TensorMap.Element;
import dev.deepgemm.api.TensorMap.Swizzle;
import dev.deepgemm.api.Tile;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The launch of a kernel: everything that depends on sizes and addresses, and nothing that is
 * compiled in. The arguments are in the order of {@link KernelParams#declare}.
 */
final class LaunchPlanner {
  private static final int L2_PROMOTION = 256;
  private static final int SECTOR = 32;
  private static final int FEW_ROWS = 256;

  private LaunchPlanner() {}

  static LaunchPlan plan(GemmConfig config, GemmOperands operands) {
    GemmDesc desc = config.desc();
    KernelSpec kernel = config.kernel();
    Tile tile = kernel.tile();
    int mBlocks = cdiv(desc.m(), tile.m());
    int nBlocks = cdiv(desc.n(), tile.n());
    Multicast multicast = kernel.multicast();

    List<KernelArg> args = new ArrayList<>();
    args.add(KernelArg.Map.of(mapA(desc, kernel, operands.a()), OperandRole.A));
    args.add(KernelArg.Map.of(mapB(desc, kernel, operands.b()), OperandRole.B));
    args.add(KernelArg.Map.of(mapD(desc, kernel, operands.d()), OperandRole.D));
    args.add(new KernelArg.Int(mBlocks));
    args.add(new KernelArg.Int(nBlocks));
    args.add(new KernelArg.Int(cdiv(desc.k(), tile.k())));
    args.add(
        new KernelArg.Int(TileOrder.groupSize(multicast, tile, config.numSms() / kernel.splitK())));
    args.add(new KernelArg.Int(TileOrder.units(multicast, mBlocks, nBlocks)));
    addRows(args, operands, OperandRole.A, desc.aType(), desc.m());
    addRows(args, operands, OperandRole.B, desc.bType(), desc.n());
    int earlySteps = earlySteps(config, operands);
    boolean hints = desc.m() <= FEW_ROWS;
    args.add(new KernelArg.Int(earlySteps));
    args.add(new KernelArg.Int(hints && earlySteps == 0 ? Prefetcher.LINES_OF_B : 0));
    args.add(new KernelArg.Int(hints ? Prefetcher.LINES_OF_A : 0));
    if (kernel.scaling().isScaled()) {
      DeviceMatrix sfb = Objects.requireNonNull(operands.scalesB());
      DeviceMatrix sfa = Objects.requireNonNull(operands.scalesA());
      boolean flat = isFlat(desc, sfa);
      args.add(
          KernelArg.Map.of(
              flat ? flatSfa(desc, tile, sfa) : mapSfa(desc, tile, sfa), OperandRole.SCALES_A));
      args.add(new KernelArg.Int(flat ? Math.toIntExact(sfa.stride()) : 0));
      args.add(new KernelArg.Int(flat ? 0 : 1));
      args.add(KernelArg.Address.of(operands, OperandRole.SCALES_B));
      args.add(new KernelArg.Int(Math.toIntExact(sfb.stride())));
      args.add(new KernelArg.Int(cdiv(desc.n(), ScaleScheme.BLOCK)));
    }
    if (WarpEpilogue.suits(kernel)) {
      args.add(KernelArg.Address.of(operands, OperandRole.D));
      args.add(new KernelArg.Int(stride16(operands.d(), desc.dType())));
    }
    return new LaunchPlan(
        config.numSms(), kernel.threads().total(), kernel.cluster(), config.smemBytes(), args);
  }

  /**
   * How much of B is fetched before the previous launch has ended. With few rows memory rests at the end of a
   * launch, while the last CTAs multiply and store. But where CTAs occupy every SM, those of the next launch
   * fetch while the last ones of this one still do, at their cost: measured on an H100, n = 2,112 on all 132
   * SMs took 6 % longer than with hints alone.
   */
  private static int earlySteps(GemmConfig config, GemmOperands operands) {
    GemmDesc desc = config.desc();
    boolean pays = desc.m() <= FEW_ROWS && config.numSms() < desc.smLimit();
    return pays && operands.constantB() ? config.kernel().stages() : 0;
  }

  private static void addRows(
      List<KernelArg> args, GemmOperands operands, OperandRole role, DataType type, int rows) {
    args.add(KernelArg.Address.of(operands, role));
    args.add(new KernelArg.Int(stride16(operands.require(role), type)));
    args.add(new KernelArg.Int(rows));
  }

  /** The rules about operands allow no stride that does not fit. */
  private static int stride16(DeviceMatrix matrix, DataType type) {
    return Math.toIntExact(matrix.stride() * type.bytes() / KernelParams.STRIDE_UNIT);
  }

  private static TensorMap mapA(GemmDesc desc, KernelSpec kernel, DeviceMatrix a) {
    int rows = kernel.tile().m() / (kernel.multicast() == Multicast.ON_A ? 2 : 1);
    return map(desc.aType(), a, desc.k(), desc.m(), kernel.tile().k(), rows, kernel.swizzles().a());
  }

  private static TensorMap mapB(GemmDesc desc, KernelSpec kernel, DeviceMatrix b) {
    int rows = kernel.tile().n() / (kernel.multicast() == Multicast.ON_B ? 2 : 1);
    return map(desc.bType(), b, desc.k(), desc.n(), kernel.tile().k(), rows, kernel.swizzles().b());
  }

  private static TensorMap mapD(GemmDesc desc, KernelSpec kernel, DeviceMatrix d) {
    return map(
        desc.dType(),
        d,
        desc.n(),
        desc.m(),
        StagedTile.boxColumns(kernel),
        WarpgroupShape.of(kernel).slabRows(),
        kernel.swizzles().d());
  }

  /**
   * Whether A's scales are described as one row, along which a step goes by the stride. Where a row of a
   * tensor is shorter than a sector of the cache, 32 bytes, TMA takes some 50 ns more to copy it (H100:
   * 15.7 instead of 12.7 us for 1 x 4096 x 7168). Rows that do not count then get scales of other steps.
   */
  private static boolean isFlat(GemmDesc desc, DeviceMatrix sfa) {
    long floats = cdiv(desc.k(), ScaleScheme.BLOCK) * sfa.stride();
    return desc.m() * Float.BYTES < SECTOR && floats <= Integer.MAX_VALUE;
  }

  private static TensorMap flatSfa(GemmDesc desc, Tile tile, DeviceMatrix sfa) {
    long last = (cdiv(desc.k(), ScaleScheme.BLOCK) - 1) * sfa.stride();
    return map(DataType.FP32, sfa, last + desc.m(), 1, tile.m(), 1, 0);
  }

  private static TensorMap mapSfa(GemmDesc desc, Tile tile, DeviceMatrix sfa) {
    int kBlocks = cdiv(desc.k(), ScaleScheme.BLOCK);
    return map(DataType.FP32, sfa, desc.m(), kBlocks, tile.m(), 1, 0);
  }

  private static TensorMap map(
      DataType type,
      DeviceMatrix matrix,
      long columns,
      long rows,
      int boxColumns,
      int boxRows,
      int swizzle) {
    return TensorMap.builder(Element.of(type))
        .address(matrix.address())
        .dim(columns)
        .dim(rows, Math.multiplyExact(matrix.stride(), (long) type.bytes()))
        .box(boxColumns, boxRows)
        .swizzle(Swizzle.ofBytes(swizzle))
        .l2Promotion(L2_PROMOTION)
        .build();
  }
}
