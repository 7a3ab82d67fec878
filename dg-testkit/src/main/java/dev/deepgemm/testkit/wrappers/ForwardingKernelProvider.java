package dev.deepgemm.testkit.wrappers;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import java.util.List;

/** A provider that asks another one everything. */
public class ForwardingKernelProvider implements KernelProvider {
  private final KernelProvider inner;

  /** Asks {@code inner}. */
  public ForwardingKernelProvider(KernelProvider inner) {
    this.inner = inner;
  }

  /** Who is asked. */
  protected final KernelProvider inner() {
    return inner;
  }

  @Override
  public Legality supports(Signature signature) {
    return inner.supports(signature);
  }

  @Override
  public Legality canEmit(KernelSpec spec) {
    return inner.canEmit(spec);
  }

  @Override
  public PtxModule emit(KernelSpec spec) {
    return inner.emit(spec);
  }

  @Override
  public List<Problem> check(GemmDesc desc, GemmOperands operands) {
    return inner.check(desc, operands);
  }

  @Override
  public LaunchPlan plan(GemmConfig config, GemmOperands operands) {
    return inner.plan(config, operands);
  }

  @Override
  public boolean awaitsPreviousGrid() {
    return inner.awaitsPreviousGrid();
  }
}
