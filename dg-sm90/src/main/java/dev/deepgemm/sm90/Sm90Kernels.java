package dev.deepgemm.sm90;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.LaunchPlan;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.PtxModule;
import dev.deepgemm.api.Scaling;
import dev.deepgemm.api.Swizzles;
import dev.deepgemm.api.Team;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import java.util.List;

/**
 * The kernels of SM90: FP8 {@link Scaling#KERNEL_1D2D} with BF16 output, and BF16 {@link
 * Scaling#KERNEL_NO_SF} with BF16 or FP32 output; {@link GemmKind#NORMAL}, both operands K-major.
 */
final class Sm90Kernels implements KernelProvider {
  private final ArchSpec arch;

  Sm90Kernels(ArchSpec arch) {
    this.arch = arch;
  }

  @Override
  public Legality supports(GemmDesc desc) {
    if (desc.kind() != GemmKind.NORMAL) {
      return Legality.illegal("no kernel for %s; there are kernels for NORMAL", desc.kind());
    }
    if (desc.groups() != 1) {
      return Legality.illegal("%d groups; NORMAL has 1", desc.groups());
    }
    if (desc.majorA() != Major.K || desc.majorB() != Major.K) {
      return Legality.illegal(
          "no kernel for A %s-major, B %s-major; there are kernels for K-major operands (NT)",
          desc.majorA(), desc.majorB());
    }
    if (desc.accumulate()) {
      return Legality.illegal("no kernel that accumulates into D");
    }
    boolean scaledFp8 =
        desc.scaling() == Scaling.KERNEL_1D2D
            && desc.abType() == DataType.FP8_E4M3
            && desc.cdType() == DataType.BF16;
    boolean plainBf16 =
        desc.scaling() == Scaling.KERNEL_NO_SF
            && desc.abType() == DataType.BF16
            && desc.cdType() != DataType.FP8_E4M3;
    return Legality.of(
        scaledFp8 || plainBf16,
        "no kernel for "
            + desc.scaling()
            + " with "
            + desc.abType()
            + " operands and "
            + desc.cdType()
            + " output; there are FP8_E4M3 KERNEL_1D2D to BF16 and BF16 KERNEL_NO_SF to BF16 or FP32");
  }

  @Override
  public Legality canEmit(KernelSpec spec) {
    if (!spec.arch().equals(arch.id())) {
      return Legality.illegal("a kernel of %s; this is %s", spec.arch(), arch.id());
    }
    GemmDesc one = smallestProblem(spec);
    Legality supported = supports(one);
    if (!supported.isLegal()) {
      return supported;
    }
    if (spec.tile().k() != arch.blockK(one)) {
      return Legality.illegal("block_k %d; legal: %d", spec.tile().k(), arch.blockK(one));
    }
    if (!arch.blockMs(one).contains(spec.tile().m())
        || !arch.blockNs(one).contains(spec.tile().n())) {
      return Legality.illegal(
          "tile %s; legal: block_m in %s, block_n in %s",
          spec.tile(), arch.blockMs(one), arch.blockNs(one));
    }
    Legality tile = arch.tile(one, spec.tile());
    if (!tile.isLegal()) {
      return tile;
    }
    if (spec.stages() < 1 || spec.stages() > 32) {
      return Legality.illegal("%d stages; legal: 1 to 32", spec.stages());
    }
    Legality stages = arch.stages(one, spec.tile(), spec.stages());
    if (!stages.isLegal()) {
      return stages;
    }
    Legality team = team(spec, one);
    if (!team.isLegal()) {
      return team;
    }
    Legality exchange = exchange(spec);
    if (!exchange.isLegal()) {
      return exchange;
    }
    Swizzles legal = legalSwizzles(spec);
    if (!spec.swizzles().equals(legal)) {
      return Legality.illegal("%s with tile %s; legal: %s", spec.swizzles(), spec.tile(), legal);
    }
    return sharedMemory(spec);
  }

  private Legality sharedMemory(KernelSpec spec) {
    int bytes = Sm90SmemLayout.of(spec, spec.tile().k()).usage().total(spec.stages());
    if (bytes > arch.smemCapacity()) {
      return Legality.illegal(
          "%d stages of tile %s need %d bytes of shared memory; %s has %d",
          spec.stages(), spec.tile(), bytes, arch.target(), arch.smemCapacity());
    }
    int behind = KernelSmem.of(spec).bytesReadBehindTheEnd(spec.swizzles().a());
    return behind == 0
        ? Legality.legal()
        : Legality.illegal(
            "%d stages of tile %s: wgmma reads 64 rows of A, %d bytes behind the end of shared"
                + " memory; more stages put something there",
            spec.stages(), spec.tile(), behind);
  }

  private Legality team(KernelSpec spec, GemmDesc one) {
    List<Team> teams = arch.teams(one, spec.tile());
    if (!teams.contains(spec.team())) {
      return Legality.illegal("%s with tile %s; legal: %s", spec.team(), spec.tile(), teams);
    }
    int groups = WarpgroupShape.of(spec).kSlices();
    return spec.stages() % groups == 0
        ? Legality.legal()
        : Legality.illegal(
            "%d groups along k with %d stages; each group needs as many stages as the others",
            groups, spec.stages());
  }

  /**
   * One tile: rules about tiles ask for a problem, but their answers must not depend on its size.
   */
  private static GemmDesc smallestProblem(KernelSpec spec) {
    return new GemmDesc(
        spec.kind(),
        spec.scaling(),
        spec.tile().m(),
        spec.tile().n(),
        spec.tile().k(),
        1,
        spec.majorA(),
        spec.majorB(),
        spec.abType(),
        spec.cdType(),
        spec.accumulate(),
        GemmDesc.ALL_SMS);
  }

  private static Legality exchange(KernelSpec spec) {
    Sm90SmemLayout sizes = Sm90SmemLayout.of(spec, spec.tile().k());
    int room = sizes.exchangeRoom(spec.stages());
    return room >= sizes.exchangeBytes()
        ? Legality.legal()
        : Legality.illegal(
            "%d stages of tile %s: their slots have %d bytes, and the sums that %d CTAs exchange in them"
                + " take %d",
            spec.stages(), spec.tile(), room, spec.splitK(), sizes.exchangeBytes());
  }

  /** K-major operands have rows of one atom; rows of D are cut into the widest atoms that fit. */
  private static Swizzles legalSwizzles(KernelSpec spec) {
    int operand = 128;
    int d = 0;
    if (spec.cdType() == DataType.BF16) {
      int rowBytes = ColumnShares.of(spec).box() * spec.cdType().bytes();
      d = Math.min(operand, Integer.lowestOneBit(rowBytes));
    }
    return new Swizzles(operand, operand, d);
  }

  @Override
  public PtxModule emit(KernelSpec spec) {
    Legality legality = canEmit(spec);
    if (!legality.isLegal()) {
      throw new UnsupportedGemmException(
          Problem.of("DG-KERN-01", "cannot emit %s: %s", spec.id(), legality.reason()));
    }
    return new GemmEmitter(spec).emit(arch.target());
  }

  @Override
  public boolean awaitsPreviousGrid() {
    return true;
  }

  @Override
  public List<Problem> check(GemmDesc desc, GemmOperands operands) {
    return OperandRules.check(desc, operands);
  }

  @Override
  public LaunchPlan plan(GemmConfig config, GemmOperands operands) {
    InvalidGemmException.throwIfAny(check(config.desc(), operands));
    return LaunchPlanner.plan(config, operands);
  }
}
