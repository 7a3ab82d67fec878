package dev.deepgemm.spi;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Scaling;
import dev.deepgemm.api.SmemUsage;
import dev.deepgemm.api.Swizzles;
import dev.deepgemm.api.Team;
import dev.deepgemm.api.ThreadRoles;
import dev.deepgemm.api.Tile;
import java.util.List;
import java.util.Optional;

/**
 * One GPU architecture: the facts that a configuration selector needs, and the kernels.
 *
 * <p>A plugin jar holds one public class that implements this interface, has a public no-argument
 * constructor and is named in {@code META-INF/services/dev.deepgemm.spi.ArchSpec}. All methods are
 * pure: same arguments, same answer, no I/O, any thread. Facts about tiles are separate from
 * kernels, so a plugin without kernels still configures, and a user who wants configurations alone
 * loads nothing native.
 *
 * <p>New methods are always default methods: a plugin that was compiled against an older release
 * keeps working.
 */
public interface ArchSpec {
  /** Short name, such as {@code sm90}; lower case letters and digits, unique among plugins. */
  String id();

  /** Exact PTX target, such as {@code sm_90a}. */
  String target();

  /** The compute capability that {@link #target()} stands for. */
  ComputeCapability computeCapability();

  /** Whether kernels of this plugin run on such a device. */
  default boolean runsOn(ComputeCapability device) {
    return device.equals(computeCapability());
  }

  /** Shared memory that one CTA may use, in bytes. */
  int smemCapacity();

  /** SM count to assume where no device and no limit is given. */
  int defaultNumSms();

  /** Why a problem cannot be configured at all (types, majors); empty if it can. */
  List<Problem> unsupported(GemmDesc desc);

  /**
   * How operands of a type are scaled where nobody says otherwise: what this architecture's main
   * GEMM takes.
   */
  default Scaling defaultScaling(DataType abType) {
    return abType == DataType.FP8_E4M3 ? Scaling.KERNEL_1D2D : Scaling.KERNEL_NO_SF;
  }

  /** Depth of one pipeline stage in elements of k. */
  int blockK(GemmDesc desc);

  /** Candidates for the tile's m, in the order in which they are tried (outer loop). */
  List<Integer> blockMs(GemmDesc desc);

  /** Candidates for the tile's n, in the order in which they are tried (inner loop). */
  List<Integer> blockNs(GemmDesc desc);

  /** Whether a tile may be used for a problem. */
  Legality tile(GemmDesc desc, Tile tile);

  /** Whether a pipeline depth may be used with a tile, capacity aside. */
  Legality stages(GemmDesc desc, Tile tile, int stages);

  /**
   * Whether two CTAs may share an operand.
   *
   * @param side {@link Multicast#ON_A} or {@link Multicast#ON_B}
   * @param numSms SMs that the launch may use
   */
  Legality multicast(GemmDesc desc, Tile tile, Multicast side, int numSms);

  /** The part of a tile that one CTA loads itself; it may be smaller where an operand is shared. */
  Tile loadedTile(Tile tile, Multicast multicast);

  /** Whether the staged output tile is swizzled. */
  boolean swizzlesD(GemmDesc desc);

  /**
   * Shared memory of a configuration by part. Plugins with kernels answer from the same layout that
   * their kernels use.
   *
   * @param loaded what {@link #loadedTile} answered
   */
  SmemUsage smem(GemmDesc desc, Tile tile, Tile loaded, Swizzles swizzles);

  /** Threads of a CTA by role. */
  ThreadRoles threads(GemmDesc desc, Tile tile);

  /**
   * All ways in which kernels with a tile can divide its work. The first is {@link #threads}, each
   * CTA with a tile to itself: the one that selection by DeepGEMM's rules uses. Others are for tuning,
   * and for whoever configures by hand.
   */
  default List<Team> teams(GemmDesc desc, Tile tile) {
    return List.of(Team.of(threads(desc, tile)));
  }

  /** Shared memory of a configuration with one of the {@link #teams}. */
  default SmemUsage smem(GemmDesc desc, Tile tile, Tile loaded, Swizzles swizzles, Team team) {
    return smem(desc, tile, loaded, swizzles);
  }

  /**
   * How many columns of a tile one CTA of a team stores at most. Fewer than all of them where the CTAs of
   * a cluster store a part each; the swizzle of D then has to fit such a part as well.
   */
  default int storedColumns(GemmDesc desc, Tile tile, Team team) {
    return tile.n();
  }

  /**
   * Whether the selector minimises the number of SMs of a launch, with the options of this process.
   * Equivalent to {@code shouldMinimizeNumSms(Options.fromEnvironment())}.
   */
  default boolean shouldMinimizeNumSms() {
    return shouldMinimizeNumSms(Options.fromEnvironment());
  }

  /**
   * Whether the selector minimises the number of SMs of a launch. The default follows {@link
   * Options#MINIMIZE_NUM_SMS}; a plugin overrides this method only if minimising makes no sense on
   * its architecture.
   */
  default boolean shouldMinimizeNumSms(Options options) {
    return options.get(Options.MINIMIZE_NUM_SMS);
  }

  /**
   * What tuned selection ({@link dev.deepgemm.api.Heuristics#TUNED}) needs for a problem: it must depend
   * on the problem's kind, types and majors alone, and not on its sizes. Empty where nothing was
   * measured; such a problem is configured by the classic rules.
   */
  default Optional<Tuning> tuning(GemmDesc desc) {
    return Optional.empty();
  }

  /** The kernels of this architecture; empty for a plugin that only configures. */
  default Optional<KernelProvider> kernels() {
    return Optional.empty();
  }
}
