package dev.deepgemm.heuristics;

import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.Tile;
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
   * @param launch launch of the grid
   * @param fill first stage of the pipeline
   * @param steps all steps of a CTA
   * @param bound what most of them is
   * @param memory what memory takes to move the matrices; part of the steps
   * @param ends ends of tiles, as far as nothing hides them
   * @param reduction sums that are handed over
   * @param factor measured over predicted, as far as it is known of the kernel
   */
  public record Cost(
      double launch,
      double fill,
      double steps,
      Bound bound,
      double memory,
      double ends,
      double reduction,
      double factor) {
    /** All of it. */
    public double micros() {
      return factor * (launch + fill + steps + ends + reduction);
    }
  }

  /** Parameters to begin with, rounded from measurements of an H200. */
  public static CostParameters guess(DataType abType) {
    return abType == DataType.FP8_E4M3
        ? CostParameters.of(
            1.2, 8e6, 28, 0.01, 0.0007, 0.025, 0.016, 3e7, 4.8e6, 0.15, 0.9, 0.9, 0.3, 20_000, 0.5,
            0.02, 0.5, 160_000)
        : CostParameters.of(
            1.7, 6e6, 22, 0.01, 0.0001, 0.02, 0.011, 3e7, 5e6, 0.2, 1.2, 0.1, 0.3, 10_000, 0.6,
            0.02, 0.4, 80_000);
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
    double pair = kernel.multicast() == Multicast.NONE ? 0 : on.pair();
    double end = on.tile() + pair + dBytes / on.storeBytes();
    return new Cost(
        on.launch(),
        on.latency(),
        count * step.micros,
        step.bound,
        memory,
        end + (rounds - 1) * end * (1 - on.hidden()),
        rounds * reduction(desc, kernel, slices),
        kernel.factor());
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
    double tensor = (double) slabs * SLAB * (tile.n() + on.extraColumns()) * tile.k() / on.macs();
    double chain = slabsInTurn * (on.step() + tile.n() * on.column()) / slices;
    // TMA does not fetch rows outside of a matrix.
    double a = (double) Math.min(tile.m(), desc.m()) * tile.k() * desc.aType().bytes();
    double b = (double) Math.min(tile.n(), desc.n()) * tile.k() * desc.bType().bytes();
    double sharing = 0;
    switch (kernel.multicast()) {
      case ON_A -> {
        a /= 2;
        sharing = on.shareA();
      }
      case ON_B -> {
        b /= 2;
        sharing = on.shareB();
      }
      case NONE -> {}
    }
    double l2 = ctas * (a + b) / on.l2Bytes();
    double latency = on.latency() / kernel.stages();
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
    double ofColumn = (double) kernel.tile().m() * Float.BYTES / on.handOverBytes();
    double ofSlices = slices == 1 ? 0 : on.slice() + (slices - 1) * kernel.tile().n() * ofColumn;
    // Every CTA of a cluster takes in the other ones' sums of the columns that it stores.
    int columns = arch.storedColumns(desc.signature(), kernel.tile(), kernel.team());
    return ofSlices + (splitK == 1 ? 0 : on.split() + (splitK - 1) * columns * ofColumn);
  }

  /** A, B and D once; B in part again where CTAs that do not share it ask for it together. */
  private double memory(GemmDesc desc, Tuning.Kernel kernel) {
    double m = desc.m();
    double n = desc.n();
    double k = desc.k();
    int readers = kernel.multicast() == Multicast.ON_B ? 2 * kernel.tile().m() : kernel.tile().m();
    double b = desc.m() > readers ? 1 + on.cold() : 1;
    double ofB = b * n * k * desc.bType().bytes() * desc.groups();
    double ofAAndD = m * k * desc.aType().bytes() + m * n * desc.dType().bytes();
    return (ofB + ofAAndD * desc.shape().tiledGroups()) / on.dramBytes();
  }
}
