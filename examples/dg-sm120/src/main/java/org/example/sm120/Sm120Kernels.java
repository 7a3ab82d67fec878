package org.example.sm120;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.kernels.launch.OperandRule;
import dev.deepgemm.ptx.ampere.SwizzledTile;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import java.util.List;

/** The one kernel of this plugin, for every tile that its spec calls legal; {@link Sm120Gemm} is the kernel. */
final class Sm120Kernels implements KernelProvider {
  private static final Swizzles SWIZZLES =
      new Swizzles(SwizzledTile.ROW_BYTES, SwizzledTile.ROW_BYTES, 0);

  private final Sm120Spec arch;

  Sm120Kernels(Sm120Spec arch) {
    this.arch = arch;
  }

  @Override
  public Legality supports(Signature signature) {
    List<Problem> unsupported = arch.unsupported(signature);
    if (!unsupported.isEmpty()) {
      return Legality.illegal("%s", unsupported);
    }
    if (signature.kind() != GemmKind.NORMAL) {
      return Legality.illegal("no kernel for %s; there is one for NORMAL", signature.kind());
    }
    return Legality.of(!signature.accumulate(), "no kernel that accumulates into D");
  }

  @Override
  public Legality canEmit(KernelSpec spec) {
    if (!spec.arch().equals(arch.id())) {
      return Legality.illegal("a kernel of %s; this is %s", spec.arch(), arch.id());
    }
    Signature signature = spec.signature();
    Tile tile = spec.tile();
    Legality supported = supports(signature);
    if (!supported.isLegal()) {
      return supported;
    }
    boolean configured =
        tile.k() == arch.blockK(signature)
            && arch.blockMs(signature).contains(tile.m())
            && arch.blockNs(signature).contains(tile.n())
            && arch.tile(signature, tile).isLegal()
            && arch.teams(signature, tile).contains(spec.team())
            && spec.swizzles().equals(SWIZZLES)
            && spec.multicast() == Multicast.NONE;
    if (!configured) {
      return Legality.illegal("not a combination that this plugin configures: %s", spec);
    }
    Legality stages = arch.stages(signature, tile, spec.stages());
    if (!stages.isLegal()) {
      return stages;
    }
    int bytes = arch.smem(signature, tile).total(spec.stages());
    return bytes <= arch.smemCapacity()
        ? Legality.legal()
        : Legality.illegal("%,d bytes of shared memory; there are %,d", bytes, arch.smemCapacity());
  }

  @Override
  public PtxModule emit(KernelSpec spec) {
    Legality legality = canEmit(spec);
    if (!legality.isLegal()) {
      throw new UnsupportedGemmException(
          Problem.of("DG-CBW-02", "cannot emit %s: %s", spec.id(), legality.reason()));
    }
    return gemm(spec).emit(arch.target());
  }

  private Sm120Gemm gemm(KernelSpec spec) {
    return new Sm120Gemm(spec, arch.smem(spec.signature(), spec.tile()));
  }

  @Override
  public boolean awaitsPreviousGrid() {
    return true;
  }

  @Override
  public List<Problem> check(GemmDesc desc, GemmOperands operands) {
    return OperandRule.check(Sm120Gemm.rules(desc.signature()), desc, operands);
  }

  @Override
  public LaunchPlan plan(GemmConfig config, GemmOperands operands) {
    InvalidGemmException.throwIfAny(check(config.desc(), operands));
    return gemm(config.kernel()).plan(config, operands);
  }
}
