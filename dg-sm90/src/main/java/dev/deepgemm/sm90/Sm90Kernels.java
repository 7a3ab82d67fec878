package dev.deepgemm.sm90;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.kernels.launch.OperandRule;
import dev.deepgemm.kernels.warpgroup.ColumnShares;
import dev.deepgemm.kernels.warpgroup.WarpgroupShape;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The kernels of SM90, all of them {@link GemmKind#NORMAL}:
 *
 * <ul>
 *   <li>FP8, K-major, {@link ScaleScheme#FP32_1D2D} to BF16;
 *   <li>FP8, K-major, {@link ScaleScheme#FP32_1D1D} to FP32;
 *   <li>BF16, A and B in either layout, to BF16 or FP32;
 * </ul>
 *
 * each of them also added to what is in D. What they are made of: {@link Sm90Gemm}.
 */
final class Sm90Kernels implements KernelProvider {
  private static final int MOST_SWIZZLE = 128;

  private final ArchSpec arch;

  /** What operands of a signature have to be: every launch asks. */
  private final Map<Signature, List<OperandRule>> rules = new ConcurrentHashMap<>();

  Sm90Kernels(ArchSpec arch) {
    this.arch = arch;
  }

  @Override
  public Legality supports(Signature signature) {
    if (signature.kind() != GemmKind.NORMAL) {
      return Legality.illegal("no kernel for %s; there are kernels for NORMAL", signature.kind());
    }
    DataType type = signature.aType();
    if (type != signature.bType()) {
      return Legality.illegal(
          "no kernel for A %s and B %s; there are kernels for operands of one type",
          type, signature.bType());
    }
    DataType d = signature.dType();
    boolean legal =
        switch (type) {
          case FP8_E4M3 ->
              isKMajor(signature)
                  && ((signature.scaling().equals(ScaleScheme.FP32_1D2D) && d == DataType.BF16)
                      || (signature.scaling().equals(ScaleScheme.FP32_1D1D) && d == DataType.FP32));
          case BF16 -> !signature.scaling().isScaled() && d != DataType.FP8_E4M3;
          default -> false;
        };
    return legal
        ? Legality.legal()
        : Legality.illegal(
            "no kernel for %s operands %s with scales %s and %s output; there are FP8_E4M3 NT with 1d2d to"
                + " BF16 and with 1d1d to FP32, and BF16 in any layout to BF16 or FP32",
            type, signature.layout(), signature.scaling(), d);
  }

  private static boolean isKMajor(Signature signature) {
    return signature.majorA() == Major.K && signature.majorB() == Major.K;
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
    if (tile.k() != arch.blockK(signature)) {
      return Legality.illegal("block_k %d; legal: %d", tile.k(), arch.blockK(signature));
    }
    if (!arch.blockMs(signature).contains(tile.m())
        || !arch.blockNs(signature).contains(tile.n())) {
      return Legality.illegal(
          "tile %s; legal: block_m in %s, block_n in %s",
          tile, arch.blockMs(signature), arch.blockNs(signature));
    }
    Legality tileLegality = arch.tile(signature, tile);
    if (!tileLegality.isLegal()) {
      return tileLegality;
    }
    if (spec.stages() < 1 || spec.stages() > 32) {
      return Legality.illegal("%d stages; legal: 1 to 32", spec.stages());
    }
    Legality stages = arch.stages(signature, tile, spec.stages());
    if (!stages.isLegal()) {
      return stages;
    }
    Legality team = team(spec);
    if (!team.isLegal()) {
      return team;
    }
    Legality exchange = exchange(spec);
    if (!exchange.isLegal()) {
      return exchange;
    }
    Swizzles legal = legalSwizzles(spec);
    if (!spec.swizzles().equals(legal)) {
      return Legality.illegal("%s with tile %s; legal: %s", spec.swizzles(), tile, legal);
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
    int behind = Sm90Gemm.smem(spec).bytesReadBehindTheEnd(spec.swizzles().a());
    return behind == 0
        ? Legality.legal()
        : Legality.illegal(
            "%d stages of tile %s: wgmma reads 64 rows of A, %d bytes behind the end of shared"
                + " memory; more stages put something there",
            spec.stages(), spec.tile(), behind);
  }

  private Legality team(KernelSpec spec) {
    List<Team> teams = arch.teams(spec.signature(), spec.tile());
    if (!teams.contains(spec.team())) {
      return Legality.illegal("%s with tile %s; legal: %s", spec.team(), spec.tile(), teams);
    }
    int slices = WarpgroupShape.of(spec).kSlices();
    return spec.stages() % slices == 0
        ? Legality.legal()
        : Legality.illegal(
            "%d slices along k with %d stages; each slice needs as many stages as the others",
            slices, spec.stages());
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

  /** Rows in shared memory are cut into the widest atoms that fit. */
  private static Swizzles legalSwizzles(KernelSpec spec) {
    Tile tile = spec.tile();
    int a = spec.majorA() == Major.K ? tile.k() : tile.m();
    int b = spec.majorB() == Major.K ? tile.k() : tile.n();
    return new Swizzles(
        widest(a * spec.aType().bytes()),
        widest(b * spec.bType().bytes()),
        spec.dType() == DataType.FP32
            ? 0
            : widest(ColumnShares.of(spec).box() * spec.dType().bytes()));
  }

  private static int widest(int rowBytes) {
    return Math.min(MOST_SWIZZLE, Integer.lowestOneBit(rowBytes));
  }

  @Override
  public PtxModule emit(KernelSpec spec) {
    Legality legality = canEmit(spec);
    if (!legality.isLegal()) {
      throw new UnsupportedGemmException(
          Problem.of("DG-KERN-01", "cannot emit %s: %s", spec.id(), legality.reason()));
    }
    return Sm90Gemm.of(spec).emit(arch.target());
  }

  @Override
  public boolean awaitsPreviousGrid() {
    return true;
  }

  @Override
  public List<Problem> check(GemmDesc desc, GemmOperands operands) {
    return OperandRule.check(
        rules.computeIfAbsent(desc.signature(), Sm90Gemm::rules), desc, operands);
  }

  @Override
  public LaunchPlan plan(GemmConfig config, GemmOperands operands) {
    InvalidGemmException.throwIfAny(check(config.desc(), operands));
    return Sm90Gemm.of(config.kernel()).plan(config, operands);
  }
}
