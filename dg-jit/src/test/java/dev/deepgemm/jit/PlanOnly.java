package dev.deepgemm.jit;

import dev.deepgemm.api.DeviceMatrix;
import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.LaunchPlan;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.PtxModule;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import java.util.List;
import java.util.function.Function;

/** A provider that plans and can do nothing else. */
record PlanOnly(Function<GemmOperands, LaunchPlan> planner) implements KernelProvider {
  /** Operands at these addresses, of some stride. */
  static GemmOperands operands(long a, long b, long d) {
    return GemmOperands.unscaled(
        new DeviceMatrix(a, 8), new DeviceMatrix(b, 8), new DeviceMatrix(d, 8));
  }

  @Override
  public LaunchPlan plan(GemmConfig config, GemmOperands operands) {
    return planner.apply(operands);
  }

  @Override
  public Legality supports(GemmDesc desc) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Legality canEmit(KernelSpec spec) {
    throw new UnsupportedOperationException();
  }

  @Override
  public PtxModule emit(KernelSpec spec) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Problem> check(GemmDesc desc, GemmOperands operands) {
    throw new UnsupportedOperationException();
  }
}
