package dev.deepgemm.sm90;

import static dev.deepgemm.api.IntMath.cdiv;
import static dev.deepgemm.api.IntMath.gcd;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.kernels.warpgroup.ColumnShares;
import dev.deepgemm.kernels.warpgroup.WarpgroupShape;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.spi.Tuning;
import dev.deepgemm.spi.TypeRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Hopper (H100, H200): what its kernels can be configured to.
 *
 * <p>Two limits shape nearly every rule below. An accumulator lives in the registers of the one or
 * two warpgroups that compute it, so a tile that is large in both directions spills; and wgmma
 * reads its operands from shared memory in swizzle atoms of at most 128 bytes, so extents come in
 * their steps.
 */
public final class Sm90Spec implements ArchSpec {
  private static final String TARGET = "sm_90a";

  /** 227 KiB: 228 KiB per SM less the 1 KiB that the system keeps for each CTA. */
  private static final int SMEM_CAPACITY = 232_448;

  private static final int NUM_SMS = 132;
  private static final int WARPGROUP = 128;
  private static final int MAX_THREADS = 1024;

  private static final TypeRules TYPES =
      new TypeRules(
          TARGET, List.of(DataType.FP8_E4M3, DataType.BF16), List.of(DataType.BF16, DataType.FP32));

  /** Sizes of clusters that split k; eight is what every device takes. */
  private static final List<Integer> K_SPLITS = List.of(2, 4, 8);

  /** More than two groups in each CTA of a cluster: no steps are left for so many. */
  private static final int MAX_SPLIT_K_GROUPS = 2;

  /** Stages per group that must fit where a cluster splits k, with scales for a k of that length. */
  private static final int MIN_SPLIT_K_STAGES = 2;

  private static final int LONG_K = 1 << 17;

  /** Columns up to which two slabs, a product and scales of B fit the registers. */
  private static final int MOST_TALL_COLUMNS = 104;

  private static final List<Integer> LARGE_BLOCK_MS = List.of(64, 128, 256);
  private static final List<Integer> LARGE_AND_32_BLOCK_MS = List.of(64, 128, 256, 32);
  private static final List<Integer> LARGE_AND_SMALL_BLOCK_MS = List.of(64, 128, 256, 16, 32);

  private static final List<Integer> BLOCK_NS =
      IntStream.rangeClosed(1, 16).mapToObj(i -> 16 * i).toList();

  /** Odd multiples of 8: rows of an FP32 tile then start in different banks of shared memory. */
  private static final List<Integer> BLOCK_NS_1D1D_FP32 =
      IntStream.concat(IntStream.of(16), IntStream.rangeClosed(0, 14).map(i -> 24 + 16 * i))
          .boxed()
          .toList();

  /** What {@link java.util.ServiceLoader} calls. */
  public Sm90Spec() {}

  @Override
  public String id() {
    return "sm90";
  }

  @Override
  public String target() {
    return TARGET;
  }

  @Override
  public ComputeCapability computeCapability() {
    return new ComputeCapability(9, 0);
  }

  @Override
  public int smemCapacity() {
    return SMEM_CAPACITY;
  }

  @Override
  public int defaultNumSms() {
    return NUM_SMS;
  }

  /** Types as {@link TypeRules} says; FP8 must be K-major ({@code DG-CONF-04}). */
  @Override
  public List<Problem> unsupported(Signature signature) {
    List<Problem> found = new ArrayList<>(TYPES.check(signature));
    if (signature.aType() == DataType.FP8_E4M3
        && (signature.majorA() != Major.K || signature.majorB() != Major.K)) {
      found.add(
          Problem.of(
              "DG-CONF-04",
              "FP8 with A %s-major and B %s-major; wgmma on %s reads FP8 operands K-major only:"
                  + " transpose them",
              signature.majorA(),
              signature.majorB(),
              TARGET));
    }
    return List.copyOf(found);
  }

  @Override
  public int blockK(Signature signature) {
    return 128 / signature.aType().bytes();
  }

  @Override
  public List<Integer> blockMs(Signature signature) {
    return switch (signature.kind()) {
      case M_GROUPED_CONTIGUOUS -> List.of(128);
      case M_GROUPED_MASKED -> List.of(64, 128);
      case NORMAL, K_GROUPED_CONTIGUOUS, BATCHED ->
          hasSmallTiles(signature) ? LARGE_AND_SMALL_BLOCK_MS : LARGE_BLOCK_MS;
    };
  }

  /** A tile of 16 or 32 rows is for problems that have no more. */
  @Override
  public List<Integer> candidateMs(GemmDesc desc) {
    List<Integer> all = blockMs(desc.signature());
    if (desc.m() <= 16 || all.size() != LARGE_AND_SMALL_BLOCK_MS.size()) {
      return all;
    }
    return desc.m() <= 32 ? LARGE_AND_32_BLOCK_MS : LARGE_BLOCK_MS;
  }

  /** A tile below 64 rows still costs a whole wgmma; what it saves is the load of A. */
  private static boolean hasSmallTiles(Signature signature) {
    return !signature.scaling().equals(ScaleScheme.FP32_1D1D) && signature.majorA() == Major.K;
  }

  @Override
  public List<Integer> blockNs(Signature signature) {
    return signature.scaling().equals(ScaleScheme.FP32_1D1D) && signature.dType() == DataType.FP32
        ? BLOCK_NS_1D1D_FP32
        : BLOCK_NS;
  }

  @Override
  public Legality tile(Signature signature, Tile tile) {
    int bm = tile.m();
    int bn = tile.n();
    ScaleScheme scaling = signature.scaling();
    if (signature.dType() == DataType.FP32) {
      if (bm == 256 && !isTallOf1D1D(signature, tile)) {
        return Legality.illegal("block_m 256 with FP32 output; at most 128");
      }
      int limit = fp32BlockNLimit(scaling);
      if (bn > limit) {
        return Legality.illegal(
            "block_n %d with FP32 output and %s; at most %d", bn, scaling.deepGemmName(), limit);
      }
    }
    if (signature.majorB() == Major.MN && bn >= 128 && bn % 64 != 0) {
      return Legality.illegal(
          "block_n %d with MN-major B; from 128 on a multiple of 64, one swizzle atom", bn);
    }
    // DeepGEMM's main loop unrolls these ways, and no others, in which a tile meets two blocks of
    // B's scales; its answers are ours.
    if (scaling.equals(ScaleScheme.FP32_1D2D) && bn > 128 && bn != 144 && bn != 160 && bn != 192) {
      return Legality.illegal("block_n %d with KERNEL_1D2D; above 128 only 144, 160 and 192", bn);
    }
    if (bm > 128 && bn > 128) {
      return Legality.illegal(
          "%d x %d accumulators do not fit the registers of two warpgroups; one side at most 128",
          bm, bn);
    }
    return Legality.legal();
  }

  /** Two slabs per warpgroup share their scales of B in registers; DeepGEMM has no such tile. */
  private static boolean isTallOf1D1D(Signature signature, Tile tile) {
    return signature.scaling().equals(ScaleScheme.FP32_1D1D)
        && signature.dType() == DataType.FP32
        && tile.m() == 256
        && tile.n() <= MOST_TALL_COLUMNS;
  }

  @Override
  public Legality classic(Signature signature, Tile tile) {
    return isTallOf1D1D(signature, tile)
        ? Legality.illegal("block_m 256 with FP32 output; at most 128")
        : Legality.legal();
  }

  private static int fp32BlockNLimit(ScaleScheme scaling) {
    if (!scaling.isScaled()) {
      return 200;
    }
    return scaling.equals(ScaleScheme.FP32_1D1D) ? 152 : Integer.MAX_VALUE;
  }

  /**
   * An FP8 tile whose n does not divide a block of B's scales makes the main loop unroll over the
   * stages; more than four of them make too much code.
   */
  @Override
  public Legality stages(Signature signature, Tile tile, int stages) {
    if (signature.aType() == DataType.FP8_E4M3 && stages > 4 && tile.k() % tile.n() != 0) {
      int period = tile.k() / gcd(tile.n(), tile.k());
      if (period <= 4) {
        return Legality.illegal(
            "more than 4 stages with block_n %d, which meets blocks of %d every %d tiles",
            tile.n(), tile.k(), period);
      }
    }
    return Legality.legal();
  }

  @Override
  public Legality multicast(GemmDesc desc, Tile tile, Multicast side, int numSms) {
    if (desc.kind() == GemmKind.BATCHED) {
      return Legality.illegal("BATCHED problems have no neighbour to share with");
    }
    if (desc.kind() == GemmKind.K_GROUPED_CONTIGUOUS && desc.groups() > 4) {
      return Legality.illegal("%d groups along k; at most 4", desc.groups());
    }
    if (numSms % 2 != 0) {
      return Legality.illegal("%d SMs; pairs need an even number", numSms);
    }
    int columns = cdiv(desc.n(), tile.n());
    if (desc.kind() == GemmKind.M_GROUPED_MASKED && columns % 2 != 0) {
      return Legality.illegal(
          "%d tiles along n (%d / %d); masked groups need an even number",
          columns, desc.n(), tile.n());
    }
    return Legality.legal();
  }

  /** Both CTAs of a pair load half of the shared operand, but each receives all of it. */
  @Override
  public Tile loadedTile(Tile tile, Multicast multicast) {
    return tile;
  }

  @Override
  public boolean swizzlesD(Signature signature) {
    return signature.dType() != DataType.FP32;
  }

  @Override
  public SmemUsage smem(
      GemmDesc desc, Tile tile, Multicast multicast, Team team, Swizzles swizzles) {
    return new Sm90SmemLayout(desc.signature(), tile, team, desc.k()).usage();
  }

  @Override
  public ThreadRoles threads(Signature signature, Tile tile) {
    return threads(tile.m() <= 64 ? WARPGROUP : 2 * WARPGROUP);
  }

  private static ThreadRoles threads(int math) {
    return ThreadRoles.of(ThreadRoles.TMA, WARPGROUP, ThreadRoles.MATH, math);
  }

  @Override
  public Optional<Tuning> tuning(Signature signature) {
    return Sm90Tuning.of(signature);
  }

  @Override
  public Optional<KernelProvider> kernels() {
    return Optional.of(new Sm90Kernels(this));
  }

  /**
   * With more math warpgroups than the tile has slabs side by side, they take turns along k; and the
   * CTAs of a cluster can split k, each of them with one such group or two.
   */
  @Override
  public List<Team> teams(Signature signature, Tile tile) {
    ThreadRoles classic = threads(signature, tile);
    int math = classic.of(ThreadRoles.MATH);
    boolean scaled = signature.scaling().isScaled();
    List<Team> teams = new ArrayList<>(List.of(Team.of(classic)));
    for (int slices = 2; slices <= WarpgroupShape.MAX_K_SLICES; slices++) {
      WarpgroupShape shape = WarpgroupShape.of(tile, slices * math);
      if (WARPGROUP + slices * math <= MAX_THREADS && shape.fitsRegisters(tile, scaled)) {
        teams.add(Team.of(threads(slices * math)));
      }
    }
    if (signature.kind() == GemmKind.NORMAL) {
      List<Team> alone = List.copyOf(teams);
      for (int splitK : K_SPLITS) {
        for (Team team : alone.subList(0, Math.min(alone.size(), MAX_SPLIT_K_GROUPS))) {
          Team split = new Team(team.threads(), splitK);
          if (exchangeFits(signature, tile, split)) {
            teams.add(split);
          }
        }
      }
    }
    return List.copyOf(teams);
  }

  /**
   * Whether the slots of the deepest pipeline hold what a cluster exchanges in them, with enough of
   * them to be a pipeline; the answer must not depend on k.
   */
  private boolean exchangeFits(Signature signature, Tile tile, Team team) {
    Sm90SmemLayout sizes = new Sm90SmemLayout(signature, tile, team, LONG_K);
    SmemUsage usage = sizes.usage();
    int slices = kSlices(signature, tile, team);
    int deepest = (SMEM_CAPACITY - usage.fixed()) / usage.perStage() / slices * slices;
    while (deepest > 0 && !stages(signature, tile, deepest).isLegal()) {
      deepest -= slices;
    }
    return deepest >= MIN_SPLIT_K_STAGES * slices
        && sizes.exchangeRoom(deepest) >= sizes.exchangeBytes();
  }

  @Override
  public int kSlices(Signature signature, Tile tile, Team team) {
    return WarpgroupShape.of(tile, team.threads().of(ThreadRoles.MATH)).kSlices();
  }

  @Override
  public int storedColumns(Signature signature, Tile tile, Team team) {
    return ColumnShares.of(tile, team).full();
  }
}
