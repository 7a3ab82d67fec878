package dev.deepgemm.heuristics;

import static dev.deepgemm.api.IntMath.cdiv;
import static dev.deepgemm.spi.CostParameters.Parameter.COLD;
import static dev.deepgemm.spi.CostParameters.Parameter.COLUMN;
import static dev.deepgemm.spi.CostParameters.Parameter.DRAM_BYTES;
import static dev.deepgemm.spi.CostParameters.Parameter.EXTRA_COLUMNS;
import static dev.deepgemm.spi.CostParameters.Parameter.HAND_OVER_BYTES;
import static dev.deepgemm.spi.CostParameters.Parameter.HIDDEN;
import static dev.deepgemm.spi.CostParameters.Parameter.L2_BYTES;
import static dev.deepgemm.spi.CostParameters.Parameter.LATENCY;
import static dev.deepgemm.spi.CostParameters.Parameter.LAUNCH;
import static dev.deepgemm.spi.CostParameters.Parameter.MACS;
import static dev.deepgemm.spi.CostParameters.Parameter.PAIR;
import static dev.deepgemm.spi.CostParameters.Parameter.SHARE_A;
import static dev.deepgemm.spi.CostParameters.Parameter.SHARE_B;
import static dev.deepgemm.spi.CostParameters.Parameter.SLICE;
import static dev.deepgemm.spi.CostParameters.Parameter.SPLIT;
import static dev.deepgemm.spi.CostParameters.Parameter.STEP;
import static dev.deepgemm.spi.CostParameters.Parameter.STORE_BYTES;
import static dev.deepgemm.spi.CostParameters.Parameter.TILE;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.CostParameters;
import dev.deepgemm.spi.Tuning;
import java.util.List;

/**
 * How long a kernel takes for a problem, from a handful of facts about the GPU.
 *
 * <p>A CTA goes through its tiles step by step along k. In a step things happen side by side:
 * arithmetic, the chain of wait, multiplication and promotion of one warpgroup, bytes out of the L2
 * cache and out of memory, and the latency of a load, shared out over the stages of the pipeline.
 * Around the steps come the launch, the filling of the pipeline, the ends of tiles, and sums that are
 * handed over where several work on one tile.
 *
 * <p>Side by side, but not without getting into each other's way: they add up as the root of the sum
 * of their squares. Of the powers 1.2, 1.6, 2 and 4, 2 lost least on an H200 for both types; with 4,
 * nearest to the slowest part alone, choices for FP8 lost a third more.
 *
 * <p>Why a formula, and not a table of what was measured or a larger regression: m is any number, so
 * most problems were never measured, and a formula that is wrong somewhere is wrong in a way that can
 * be read off its parts ({@code dg config --why}). Its parameters are fitted to measurements; it has to
 * order the candidates of one problem, not to predict microseconds.
 *
 * <p>The switch that minimises the SMs of a launch does not enter: the tiles are taken as spread evenly
 * over the rounds, whatever the launch does, so that the choice of a kernel cannot depend on it.
 */
public final class CostModel {
  private static final int SLAB = 64;

  /**
   * A cluster runs inside one group of SMs (a GPC). The smallest have 16; what is left over in larger
   * ones holds pairs, and nothing larger. On an H200 33 clusters of 4 do not run at once, though there
   * are 132 SMs.
   */
  private static final int GPC_SMS = 16;

  private static final List<Bound> BOUNDS = List.of(Bound.values());

  private final ArchSpec arch;
  private final CostParameters on;

  /** A model with fitted, or guessed, parameters. */
  public CostModel(ArchSpec arch, CostParameters parameters) {
    this.arch = arch;
    this.on = parameters;
  }

  /** What a step waits for most. */
  public enum Bound {
    /** The tensor cores. */
    TENSOR,
    /** The chain of wait, multiplication and promotion of a warpgroup. */
    CHAIN,
    /** Bytes out of the L2 cache. */
    L2,
    /** The latency of a load, with as many of them under way as the pipeline is deep. */
    LATENCY,
    /** Bytes out of memory. */
    MEMORY
  }

  /**
   * A predicted time and its parts, in microseconds.
   *
   * @param parts what comes one after the other
   * @param bound what most of the steps is
   * @param memory what memory takes to move the matrices; part of the steps
   * @param factor measured over predicted, as far as it is known of the kernel
   */
  public record Cost(Parts parts, Bound bound, double memory, double factor) {
    /**
     * What comes one after the other.
     *
     * @param launch launch of the grid
     * @param fill first stage of the pipeline
     * @param steps all steps of a CTA
     * @param ends ends of tiles, as far as nothing hides them
     * @param reduction sums that are handed over
     */
    public record Parts(double launch, double fill, double steps, double ends, double reduction) {}

    /** All of it. */
    public double micros() {
      return factor * (launch() + fill() + steps() + ends() + reduction());
    }

    /** Launch of the grid. */
    public double launch() {
      return parts.launch;
    }

    /** First stage of the pipeline. */
    public double fill() {
      return parts.fill;
    }

    /** All steps of a CTA. */
    public double steps() {
      return parts.steps;
    }

    /** Ends of tiles, as far as nothing hides them. */
    public double ends() {
      return parts.ends;
    }

    /** Sums that are handed over. */
    public double reduction() {
      return parts.reduction;
    }
  }

  /** Parameters to begin with, rounded from measurements of an H200. */
  public static CostParameters guess(DataType abType) {
    return abType == DataType.FP8_E4M3 ? guessForFp8() : guessForBf16();
  }

  private static CostParameters guessForFp8() {
    return CostParameters.builder()
        .set(LAUNCH, 1.2)
        .set(MACS, 8e6)
        .set(EXTRA_COLUMNS, 28)
        .set(STEP, 0.01)
        .set(COLUMN, 0.0007)
        .set(SHARE_A, 0.025)
        .set(SHARE_B, 0.016)
        .set(L2_BYTES, 3e7)
        .set(DRAM_BYTES, 4.8e6)
        .set(COLD, 0.15)
        .set(LATENCY, 0.9)
        .set(TILE, 0.9)
        .set(PAIR, 0.3)
        .set(STORE_BYTES, 20_000)
        .set(HIDDEN, 0.5)
        .set(SLICE, 0.02)
        .set(SPLIT, 0.5)
        .set(HAND_OVER_BYTES, 160_000)
        .build();
  }

  private static CostParameters guessForBf16() {
    return CostParameters.builder()
        .set(LAUNCH, 1.7)
        .set(MACS, 6e6)
        .set(EXTRA_COLUMNS, 22)
        .set(STEP, 0.01)
        .set(COLUMN, 0.0001)
        .set(SHARE_A, 0.02)
        .set(SHARE_B, 0.011)
        .set(L2_BYTES, 3e7)
        .set(DRAM_BYTES, 5e6)
        .set(COLD, 0.2)
        .set(LATENCY, 1.2)
        .set(TILE, 0.1)
        .set(PAIR, 0.3)
        .set(STORE_BYTES, 10_000)
        .set(HIDDEN, 0.6)
        .set(SLICE, 0.02)
        .set(SPLIT, 0.4)
        .set(HAND_OVER_BYTES, 80_000)
        .build();
  }

  /** The time of a configuration. */
  public Cost cost(GemmConfig config) {
    return cost(config.desc(), kernel(config.kernel()));
  }

  /** What the model looks at of a kernel. */
  public static Tuning.Kernel kernel(KernelSpec spec) {
    return new Tuning.Kernel(spec.tile(), spec.stages(), spec.multicast(), spec.team());
  }

  /**
   * The time of a kernel on a problem for which it is legal.
   *
   * @param desc the problem, its SM limit resolved
   */
  public Cost cost(GemmDesc desc, Tuning.Kernel kernel) {
    Tile tile = kernel.tile();
    int splitK = kernel.team().splitK();
    int slots = slots(desc.smLimit(), splitK);
    long tiles = Waves.of(desc, tile, slots).blocks();
    long rounds = (tiles - 1) / slots + 1;
    int active = (int) ((tiles - 1) / rounds + 1);
    int stepsPerTile = cdiv(cdiv(desc.k(), tile.k()), splitK);
    int slices = arch.kSlices(desc.signature(), tile, kernel.team());

    double memory = memory(desc, kernel);
    double count = (double) stepsPerTile * rounds;
    Step step = step(desc, kernel, slices, active * splitK, memory / count);
    double dBytes =
        (double) Math.min(tile.m(), desc.m())
            * arch.storedColumns(desc.signature(), tile, kernel.team())
            * desc.dType().bytes();
    double pair = kernel.multicast() == Multicast.NONE ? 0 : on.get(PAIR);
    double end = on.get(TILE) + pair + dBytes / on.get(STORE_BYTES);
    Cost.Parts parts =
        new Cost.Parts(
            on.get(LAUNCH),
            on.get(LATENCY),
            count * step.micros,
            end + (rounds - 1) * end * (1 - on.get(HIDDEN)),
            rounds * reduction(desc, kernel, slices));
    return new Cost(parts, step.bound, memory, kernel.factor());
  }

  private static int slots(int sms, int splitK) {
    boolean wholeGroups = splitK > 2 && sms > GPC_SMS;
    return Math.max(1, (wholeGroups ? sms / GPC_SMS * GPC_SMS : sms) / splitK);
  }

  private record Step(double micros, Bound bound) {}

  /** One step of a CTA, with so many others under way. */
  private Step step(GemmDesc desc, Tuning.Kernel kernel, int slices, int ctas, double memory) {
    Tile tile = kernel.tile();
    int slabs = cdiv(tile.m(), SLAB);
    int slabsInTurn = cdiv(slabs, tile.m() <= SLAB ? 1 : 2);
    double tensor =
        (double) slabs * SLAB * (tile.n() + on.get(EXTRA_COLUMNS)) * tile.k() / on.get(MACS);
    double chain = slabsInTurn * (on.get(STEP) + tile.n() * on.get(COLUMN)) / slices;
    // TMA does not fetch rows outside of a matrix.
    double a = (double) Math.min(tile.m(), desc.m()) * tile.k() * desc.aType().bytes();
    double b = (double) Math.min(tile.n(), desc.n()) * tile.k() * desc.bType().bytes();
    double sharing = 0;
    switch (kernel.multicast()) {
      case ON_A -> {
        a /= 2;
        sharing = on.get(SHARE_A);
      }
      case ON_B -> {
        b /= 2;
        sharing = on.get(SHARE_B);
      }
      case NONE -> {}
    }
    double l2 = ctas * (a + b) / on.get(L2_BYTES);
    double latency = on.get(LATENCY) / kernel.stages();
    return together(sharing, tensor, chain, l2, latency, memory);
  }

  /**
   * What happens side by side.
   *
   * @param sharing what comes on top
   * @param parts in the order of {@link Bound}
   */
  private static Step together(double sharing, double... parts) {
    int largest = 0;
    double squares = 0;
    for (int i = 0; i < parts.length; i++) {
      squares += parts[i] * parts[i];
      if (parts[i] > parts[largest]) {
        largest = i;
      }
    }
    return new Step(Math.sqrt(squares) + sharing, BOUNDS.get(largest));
  }

  private double reduction(GemmDesc desc, Tuning.Kernel kernel, int slices) {
    int splitK = kernel.team().splitK();
    double ofColumn = (double) kernel.tile().m() * Float.BYTES / on.get(HAND_OVER_BYTES);
    double ofSlices = slices == 1 ? 0 : on.get(SLICE) + (slices - 1) * kernel.tile().n() * ofColumn;
    // Every CTA of a cluster takes in the other ones' sums of the columns that it stores.
    int columns = arch.storedColumns(desc.signature(), kernel.tile(), kernel.team());
    return ofSlices + (splitK == 1 ? 0 : on.get(SPLIT) + (splitK - 1) * columns * ofColumn);
  }

  /** A, B and D once; B in part again where CTAs that do not share it ask for it together. */
  private double memory(GemmDesc desc, Tuning.Kernel kernel) {
    double m = desc.m();
    double n = desc.n();
    double k = desc.k();
    int readers = kernel.multicast() == Multicast.ON_B ? 2 * kernel.tile().m() : kernel.tile().m();
    double b = desc.m() > readers ? 1 + on.get(COLD) : 1;
    double ofB = b * n * k * desc.bType().bytes() * desc.groups();
    double ofAAndD = m * k * desc.aType().bytes() + m * n * desc.dType().bytes();
    return (ofB + ofAAndD * desc.shape().tiledGroups()) / on.get(DRAM_BYTES);
  }
}
