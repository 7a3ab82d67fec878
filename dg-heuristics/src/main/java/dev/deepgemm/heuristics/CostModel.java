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

/**
 * How long a configuration takes, from a handful of facts about the GPU.
 *
 * <p>A CTA goes through its tiles step by step along k, and each step takes as long as the slowest of
 * what has to happen in it: arithmetic, the chain of wait, multiplication and promotion of one
 * warpgroup, and bytes, of the SM, of the L2 cache for all SMs, and of a load's latency shared out over
 * the pipeline. Around the steps come the launch, the filling of the pipeline, the ends of tiles, and
 * sums that are handed over where several work on one tile. And nothing is faster than memory moves
 * the matrices once.
 *
 * <p>Why a formula, and not a table of what was measured or a larger regression: m is any number, so
 * most problems were never measured, and a formula that is wrong somewhere is wrong in a way that can
 * be read off its parts ({@code dg config --why}). Its parameters are fitted to measurements; it has to
 * order the candidates of one problem, not to predict microseconds.
 *
 * <p>The number of SMs that a launch uses in the end does not enter: minimising it keeps the number of
 * rounds, and the choice of a kernel must not depend on the switch.
 */
public final class CostModel {
  private static final int SLAB = 64;
  private static final double SHARPNESS = 6;

  private final ArchSpec arch;
  private final CostParameters on;

  /** A model with fitted, or guessed, parameters. */
  public CostModel(ArchSpec arch, CostParameters parameters) {
    this.arch = arch;
    this.on = parameters;
  }

  /** What a step waits for. */
  public enum Bound {
    /** The tensor cores. */
    TENSOR,
    /** The chain of wait, multiplication and promotion of a warpgroup. */
    CHAIN,
    /** Bytes into one SM. */
    SM_BYTES,
    /** Bytes out of the L2 cache. */
    L2_BYTES,
    /** The latency of a load, with as many of them under way as the pipeline is deep. */
    LATENCY
  }

  /**
   * A predicted time and its parts, in microseconds.
   *
   * @param launch launch of the grid
   * @param fill first stage of the pipeline
   * @param steps all steps of the busiest CTA
   * @param bound what a step of a full round waits for
   * @param ends ends of tiles, as far as nothing hides them
   * @param reduction sums that are handed over
   * @param floor what memory takes to move the matrices once, launch included
   */
  public record Cost(
      double launch,
      double fill,
      double steps,
      Bound bound,
      double ends,
      double reduction,
      double floor) {
    /**
     * All of it. Close to where memory and the rest are equally slow they get into each other's way, so
     * the larger one is not all: the two are added as by a norm of high order.
     */
    public double micros() {
      double busy = busy();
      double larger = Math.max(busy, floor);
      double smaller = Math.min(busy, floor);
      return larger * Math.pow(1 + Math.pow(smaller / larger, SHARPNESS), 1 / SHARPNESS);
    }

    /** What the SMs take, as if memory were fast. */
    public double busy() {
      return launch + fill + steps + ends + reduction;
    }

    /** Whether memory decides. */
    public boolean boundByMemory() {
      return floor > busy();
    }
  }

  /** Parameters to begin with: data sheet and first measurements of an H200. */
  public static CostParameters guess(DataType abType) {
    return abType == DataType.FP8_E4M3
        ? CostParameters.of(
            2.0, 6.2e6, 24, 0.11, 0.0009, 130_000, 9.0e6, 4.2e6, 0.9, 0.5, 40_000, 0.6, 0.3, 1.2,
            60_000)
        : CostParameters.of(
            2.0, 3.1e6, 24, 0.10, 0.0004, 130_000, 9.0e6, 4.2e6, 0.9, 0.5, 40_000, 0.6, 0.3, 1.2,
            60_000);
  }

  /** The time of a configuration. */
  public Cost cost(GemmConfig config) {
    GemmDesc desc = config.desc();
    KernelSpec kernel = config.kernel();
    Tile tile = kernel.tile();
    int teams = Math.max(1, desc.smLimit() / kernel.splitK());
    long tiles = Waves.of(desc, tile, teams).blocks();
    long rounds = (tiles - 1) / teams + 1;
    long inLastRound = tiles - (rounds - 1) * teams;
    int stepsPerTile = cdiv(cdiv(desc.k(), tile.k()), kernel.splitK());

    Step full = step(config, (int) Math.min(tiles, teams));
    Step last = step(config, (int) inLastRound);
    double steps = stepsPerTile * ((rounds - 1) * full.micros + last.micros);

    double dBytes = (double) Math.min(tile.m(), desc.m()) * tile.n() * desc.cdType().bytes();
    double end = on.tile() + dBytes / on.storeBytes();
    double ends = end + (rounds - 1) * end * (1 - on.hidden());
    double reduction = rounds * reduction(desc, kernel);
    double floor = on.launch() + memoryBytes(desc) / on.dramBytes();
    return new Cost(on.launch(), on.latency(), steps, full.bound, ends, reduction, floor);
  }

  private record Step(double micros, Bound bound) {}

  /** One step of one CTA, with so many tiles under way. */
  private Step step(GemmConfig config, int active) {
    GemmDesc desc = config.desc();
    KernelSpec kernel = config.kernel();
    Tile tile = kernel.tile();
    int classicMath = Math.max(1, arch.threads(desc, tile).math());
    int groups = Math.max(1, kernel.threads().math() / classicMath);
    int slabs = cdiv(tile.m(), SLAB);
    int slabsInTurn = cdiv(slabs, tile.m() <= SLAB ? 1 : 2);

    double tensor = (double) slabs * SLAB * (tile.n() + on.extraColumns()) * tile.k() / on.macs();
    double chain = slabsInTurn * (on.step() + tile.n() * on.column()) / groups;
    // TMA does not fetch rows outside of A.
    double a = (double) Math.min(tile.m(), desc.m()) * tile.k() * desc.abType().bytes();
    double b = (double) Math.min(tile.n(), desc.n()) * tile.k() * desc.abType().bytes();
    double smBytes = (a + b) / on.smBytes();
    double shared =
        (kernel.multicast() == Multicast.ON_A ? a / 2 : a)
            + (kernel.multicast() == Multicast.ON_B ? b / 2 : b);
    double l2Bytes = active * kernel.splitK() * shared / on.l2Bytes();
    double latency = on.latency() / kernel.stages();
    return slowest(new double[] {tensor, chain, smBytes, l2Bytes, latency});
  }

  private static Step slowest(double[] parts) {
    int at = 0;
    for (int i = 1; i < parts.length; i++) {
      if (parts[i] > parts[at]) {
        at = i;
      }
    }
    return new Step(parts[at], Bound.values()[at]);
  }

  private double reduction(GemmDesc desc, KernelSpec kernel) {
    Tile tile = kernel.tile();
    int classicMath = Math.max(1, arch.threads(desc, tile).math());
    int others = Math.max(1, kernel.threads().math() / classicMath) - 1;
    double bytes = (double) tile.m() * tile.n() * Float.BYTES / on.handOverBytes();
    double groups = others == 0 ? 0 : on.group() + others * bytes;
    int ctas = kernel.splitK() - 1;
    return groups + (ctas == 0 ? 0 : on.split() + ctas * bytes);
  }

  /** Bytes of A, B and D, each once. */
  private static double memoryBytes(GemmDesc desc) {
    double m = desc.m();
    double n = desc.n();
    double k = desc.k();
    return desc.groups()
        * ((m * k + n * k) * desc.abType().bytes() + m * n * desc.cdType().bytes());
  }
}
