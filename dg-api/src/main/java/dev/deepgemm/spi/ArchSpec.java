package dev.deepgemm.spi;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
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
 * <h2>What a later release may do to a compiled plugin</h2>
 *
 * <p>A plugin that was compiled against an older release keeps working: problems that it could answer
 * are answered alike, and what is younger than itself it refuses.
 *
 * <ul>
 *   <li>New methods are always default methods, and their default is what plugins did before.
 *   <li>New constants are added to the end of an enum; none is renamed or removed. What one means for a
 *       plugin that was compiled without it:
 *       <ul>
 *         <li>{@link dev.deepgemm.api.GemmKind}, {@link DataType}, {@link dev.deepgemm.api.Major}, {@link
 *             ScaleScheme.Format}: it can occur in a {@link Signature}, and {@link #unsupported} is asked
 *             first about every one. The plugin refuses it there, or throws because its {@code switch} has
 *             no such case, which {@link PluginGuard} turns into a refusal ({@code DG-ARCH-05}). No other
 *             method of the plugin is asked about that signature.
 *         <li>{@link Multicast}: {@link #multicast} is asked first about every side, and what it throws
 *             means that the side is not legal. No other method meets a side that was not legal.
 *         <li>{@link dev.deepgemm.api.launch.OperandRole}: operands come with a new role only if the signature needs
 *             it, or if the caller hands it in on purpose. {@link KernelProvider#check} refuses every role
 *             that the plugin has no use for ({@code DG-ARG-05}): a tensor that no kernel reads is a mistake.
 *       </ul>
 * </ul>
 *
 * <p>So a plugin may {@code switch} over these enums without a {@code default} as long as the switch is an
 * <em>expression</em>, which throws where it has no case. A {@code switch} <em>statement</em> without a
 * {@code default} does nothing at all for a constant that it does not name; nobody can notice that, and the
 * plugin then answers for something that it never heard of. Lists of what is legal ({@link TypeRules}) are
 * safe; tests like "not NONE" are not.
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

  /**
   * Why problems of a signature cannot be configured at all (types, majors); empty if they can. What a
   * plugin does not know, such as a kind or a type that is younger than itself, it must refuse here; it is
   * then never asked about it anywhere else. Hosts ask through {@link PluginGuard#unsupported}.
   */
  List<Problem> unsupported(Signature signature);

  /**
   * How operands of a type are scaled where nobody says otherwise: what this architecture's main
   * GEMM takes.
   */
  default ScaleScheme defaultScaling(DataType abType) {
    return abType == DataType.FP8_E4M3 ? ScaleScheme.FP32_1D2D : ScaleScheme.NONE;
  }

  /** Depth of one pipeline stage in elements of k. */
  int blockK(Signature signature);

  /** Every m that a tile can have. */
  List<Integer> blockMs(Signature signature);

  /** Every n that a tile can have, in the order in which they are tried (inner loop). */
  List<Integer> blockNs(Signature signature);

  /**
   * Candidates for the tile's m for a problem's sizes, in the order in which they are tried (outer loop);
   * some of {@link #blockMs}.
   */
  default List<Integer> candidateMs(GemmDesc desc) {
    return blockMs(desc.signature());
  }

  /** Whether a kernel can have a tile, whatever the sizes. */
  Legality tile(Signature signature, Tile tile);

  /** Whether a tile that a kernel can have is a candidate for a problem's sizes. */
  default Legality candidate(GemmDesc desc, Tile tile) {
    return Legality.legal();
  }

  /**
   * Whether DeepGEMM's rules may choose a tile that kernels can have. What they may not is for tuned selection and for
   * whoever configures by hand.
   */
  default Legality classic(Signature signature, Tile tile) {
    return Legality.legal();
  }

  /** Whether a pipeline depth may be used with a tile, capacity aside. */
  Legality stages(Signature signature, Tile tile, int stages);

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
  boolean swizzlesD(Signature signature);

  /**
   * Shared memory of a configuration by part, for every pipeline depth. Plugins with kernels answer from the
   * same layout that their kernels use.
   *
   * @param desc the problem; of its sizes k may matter
   * @param team one of {@link #teams}
   */
  SmemUsage smem(GemmDesc desc, Tile tile, Multicast multicast, Team team, Swizzles swizzles);

  /** Threads of a CTA by role. */
  ThreadRoles threads(Signature signature, Tile tile);

  /**
   * All ways in which kernels with a tile can divide its work. The first is {@link #threads}, each
   * CTA with a tile to itself: the one that selection by DeepGEMM's rules uses. Others are for tuning,
   * and for whoever configures by hand.
   */
  default List<Team> teams(Signature signature, Tile tile) {
    return List.of(Team.of(threads(signature, tile)));
  }

  /**
   * How many sets of a CTA's warpgroups take turns along k and add up their sums; 1 if all of them work on
   * the same step.
   */
  default int kSlices(Signature signature, Tile tile, Team team) {
    return 1;
  }

  /**
   * How many columns of a tile one CTA of a team stores at most. Fewer than all of them where the CTAs of
   * a cluster store a part each; the swizzle of D then has to fit such a part as well.
   */
  default int storedColumns(Signature signature, Tile tile, Team team) {
    return tile.n();
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
   * What tuned selection ({@link dev.deepgemm.api.Heuristics#TUNED}) needs for problems of a signature.
   * Empty where nothing was measured; such a problem is configured by the classic rules.
   */
  default Optional<Tuning> tuning(Signature signature) {
    return Optional.empty();
  }

  /** The kernels of this architecture; empty for a plugin that only configures. */
  default Optional<KernelProvider> kernels() {
    return Optional.empty();
  }
}
