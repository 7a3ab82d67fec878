package dev.deepgemm.kernels.epilogue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.kernels.launch.Extent;
import dev.deepgemm.kernels.launch.KernelArguments;
import dev.deepgemm.kernels.launch.PlainMatrix;
import dev.deepgemm.kernels.warpgroup.ColumnShares;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.warpgroup.WarpgroupShape;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Param;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.smem.Fragment;

/** Warps store the rows that they hold, 16 bytes per lane. */
public final class WarpStore implements Epilogue {
  /** Sums per thread up to which this is the shorter way. */
  private static final int MOST_SUMS = 32;

  private final PlainMatrix d;
  private final Param.Int columns;

  /** Declares D. */
  public WarpStore(KernelSpec spec, KernelArguments arguments) {
    this.d = PlainMatrix.declare(arguments, OperandRole.D, spec.dType(), Extent.M);
    this.columns = arguments.integer("d_columns", launch -> launch.desc().n());
  }

  /** Whether a kernel stores so: a few BF16 elements per thread, which nothing is added to. */
  public static boolean suits(KernelSpec spec) {
    int sums = WarpgroupShape.of(spec).slabs() * Fragment.registers(ColumnShares.of(spec).full());
    return spec.dType() == DataType.BF16 && !spec.accumulate() && sums <= MOST_SUMS;
  }

  /** D. */
  PlainMatrix d() {
    return d;
  }

  /** How many columns D has. */
  Param.Int columns() {
    return columns;
  }

  @Override
  public void prefetchMaps(Code code) {}

  @Override
  public Role role(Cta cta, MathThreads threads, U32 rank) {
    return new WarpStoreRole(cta, new StagedTile(cta, threads), threads, this, rank);
  }
}
