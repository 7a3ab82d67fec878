package dev.deepgemm.sm100;

import static dev.deepgemm.api.IntMath.align;
import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
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
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.spi.TypeRules;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Blackwell (B200): what its kernels can be configured to. Kernels are not here yet; problems can
 * be configured without them.
 *
 * <p>Accumulators live in tensor memory, twice, so that the epilogue of one tile overlaps the main
 * loop of the next. Its 512 columns are what limits a tile here, not registers as on Hopper. Two
 * CTAs of a cluster work on one tensor-core instruction and each loads half of the shared operand.
 */
public final class Sm100Spec implements ArchSpec {
  private static final String TARGET = "sm_100a";

  /** 227 KiB: 228 KiB per SM less the 1 KiB that the system keeps for each CTA. */
  private static final int SMEM_CAPACITY = 232_448;

  private static final int NUM_SMS = 148;
  private static final int WARPGROUP = 128;
  private static final int TMEM_COLUMNS = 512;

  /** Rows of tensor memory; also what scales are padded to before they are copied there. */
  private static final int TMEM_LANES = 128;

  private static final int SCALE_BYTES = 4;
  private static final int MBARRIER_BYTES = 8;

  /** The epilogue stages its output in two turns. */
  private static final int D_STAGES = 2;

  private static final TypeRules TYPES =
      new TypeRules(
          TARGET, List.of(DataType.FP8_E4M3, DataType.BF16), List.of(DataType.BF16, DataType.FP32));

  private static final List<Integer> LARGE_BLOCK_MS = List.of(128, 256);
  private static final List<Integer> LARGE_AND_64_BLOCK_MS = List.of(128, 256, 64);
  private static final List<Integer> LARGE_AND_SMALL_BLOCK_MS = List.of(128, 256, 32, 64);

  private static final List<Integer> BLOCK_NS =
      IntStream.concat(IntStream.of(16), IntStream.rangeClosed(1, 8).map(i -> 32 * i))
          .boxed()
          .toList();

  /** What {@link java.util.ServiceLoader} calls. */
  public Sm100Spec() {}

  @Override
  public String id() {
    return "sm100";
  }

  @Override
  public String target() {
    return TARGET;
  }

  @Override
  public ComputeCapability computeCapability() {
    return new ComputeCapability(10, 0);
  }

  @Override
  public int smemCapacity() {
    return SMEM_CAPACITY;
  }

  @Override
  public int defaultNumSms() {
    return NUM_SMS;
  }

  /** Types as {@link TypeRules} says; every combination of majors is legal here. */
  @Override
  public List<Problem> unsupported(Signature signature) {
    return List.copyOf(TYPES.check(signature));
  }

  /** Tensor cores apply scales themselves here, one per row of either operand. */
  @Override
  public ScaleScheme defaultScaling(DataType abType) {
    return abType == DataType.FP8_E4M3 ? ScaleScheme.FP32_1D1D : ScaleScheme.NONE;
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

  /** A tile of 32 or 64 rows is for problems that have no more. */
  @Override
  public List<Integer> candidateMs(GemmDesc desc) {
    List<Integer> all = blockMs(desc.signature());
    if (desc.m() <= 32 || all.size() != LARGE_AND_SMALL_BLOCK_MS.size()) {
      return all;
    }
    return desc.m() <= 64 ? LARGE_AND_64_BLOCK_MS : LARGE_BLOCK_MS;
  }

  /** The instruction always takes 128 rows; a smaller tile saves the load of A. */
  private static boolean hasSmallTiles(Signature signature) {
    return !signature.scaling().equals(ScaleScheme.FP32_1D2D) && signature.majorA() == Major.K;
  }

  @Override
  public List<Integer> blockNs(Signature signature) {
    return BLOCK_NS;
  }

  @Override
  public Legality tile(Signature signature, Tile tile) {
    int bm = tile.m();
    int bn = tile.n();
    if (bn % 16 != 0) {
      return Legality.illegal("block_n %d; tcgen05.mma needs a multiple of 16", bn);
    }
    boolean perRow = scaledPerRow(signature);
    if (perRow && signature.majorB() == Major.K && bm > 128) {
      return Legality.illegal("block_m %d with KERNEL_1D1D and K-major B; at most 128", bm);
    }
    int accumulators = 2 * bn;
    int scales = 0;
    if (scalesInTensorMemory(signature)) {
      scales = paddedScales(bm) / 32 + paddedScales(bn) / 32;
    }
    if (accumulators + scales > TMEM_COLUMNS) {
      return Legality.illegal(
          "2 accumulators of %d columns + %d columns of scales = %d; tensor memory has %d",
          bn, scales, accumulators + scales, TMEM_COLUMNS);
    }
    int rowBytes = bn * signature.bType().bytes();
    if (signature.majorB() == Major.MN && rowBytes % 64 != 0) {
      return Legality.illegal(
          "block_n %d with MN-major B is %d bytes; a multiple of 64 needed", bn, rowBytes);
    }
    return Legality.legal();
  }

  @Override
  public Legality candidate(GemmDesc desc, Tile tile) {
    if (desc.k() <= 256 && (tile.m() > 128 || tile.n() > 128)) {
      return Legality.illegal(
          "%d x %d with k %d; up to k 256 the epilogue dominates, both sides at most 128",
          tile.m(), tile.n(), desc.k());
    }
    return Legality.legal();
  }

  @Override
  public Legality stages(Signature signature, Tile tile, int stages) {
    return Legality.legal();
  }

  @Override
  public Legality multicast(GemmDesc desc, Tile tile, Multicast side, int numSms) {
    if (side == Multicast.ON_A) {
      return Legality.illegal("the CTAs of a pair split B; A is never shared");
    }
    if (numSms % 2 != 0) {
      return Legality.illegal("%d SMs; pairs need an even number", numSms);
    }
    int rows = cdiv(desc.m(), tile.m());
    if (rows % 2 != 0) {
      return Legality.illegal(
          "%d tiles along m (%d / %d); pairs need an even number", rows, desc.m(), tile.m());
    }
    return switch (desc.kind()) {
      case NORMAL, K_GROUPED_CONTIGUOUS -> Legality.legal();
      case BATCHED ->
          desc.groups() <= 32
              ? Legality.legal()
              : Legality.illegal("%d problems in the batch; at most 32", desc.groups());
      case M_GROUPED_CONTIGUOUS, M_GROUPED_MASKED ->
          Legality.illegal("%s; neighbours along m may belong to different groups", desc.kind());
    };
  }

  @Override
  public Tile loadedTile(Tile tile, Multicast multicast) {
    return switch (multicast) {
      case NONE -> tile;
      case ON_A -> new Tile(tile.m() / 2, tile.n(), tile.k());
      case ON_B -> new Tile(tile.m(), tile.n() / 2, tile.k());
    };
  }

  @Override
  public boolean swizzlesD(Signature signature) {
    return true;
  }

  @Override
  public SmemUsage smem(
      GemmDesc desc, Tile tile, Multicast multicast, Team team, Swizzles swizzles) {
    Signature signature = desc.signature();
    Tile loaded = loadedTile(tile, multicast);
    int sfa = 0;
    int sfb = 0;
    if (scalesInTensorMemory(signature)) {
      sfa = SCALE_BYTES * paddedScales(tile.m());
      sfb = SCALE_BYTES * paddedScales(tile.n());
    } else if (signature.aType() == DataType.FP8_E4M3) {
      sfa = SCALE_BYTES * tile.m();
    }
    // Per stage: full, empty, and "scales are in tensor memory". Fixed: full and empty of the two
    // accumulators, and one of the allocation.
    return SmemUsage.builder()
        .fixed("staged output", Math.min(tile.m(), TMEM_LANES) * swizzles.d() * D_STAGES)
        .perStage("tile of A", loaded.m() * tile.k() * signature.aType().bytes())
        .perStage("tile of B", loaded.n() * tile.k() * signature.bType().bytes())
        .perStage("scales of A", sfa)
        .perStage("scales of B", sfb)
        .perStage("barriers of a stage", 3 * MBARRIER_BYTES)
        .fixed("barriers", 5 * MBARRIER_BYTES)
        .fixed("address of tensor memory", 4)
        .build();
  }

  @Override
  public ThreadRoles threads(Signature signature, Tile tile) {
    return ThreadRoles.of("issue", WARPGROUP, "epilogue", WARPGROUP);
  }

  private static boolean scaledPerRow(Signature signature) {
    return signature.scaling().isScaled() && signature.scaling().b().mn() == 1;
  }

  private static boolean scalesInTensorMemory(Signature signature) {
    return signature.aType() == DataType.FP8_E4M3 && scaledPerRow(signature);
  }

  private static int paddedScales(int extent) {
    return align(extent, TMEM_LANES);
  }
}
