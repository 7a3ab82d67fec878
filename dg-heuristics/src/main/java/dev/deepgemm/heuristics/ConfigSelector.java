package dev.deepgemm.heuristics;

import static dev.deepgemm.api.IntMath.align;
import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Schedule;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.spi.PluginGuard;
import dev.deepgemm.spi.Tuning;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Turns a problem into a configuration: tile, then sharing, then pipeline depth, then SM count.
 *
 * <p>The answers are DeepGEMM's of January 2026, bit for bit: tests compare 120,000 of them. That
 * is worth more than cleverness here. Its users know these choices, its measurements hold for them,
 * and a deviation would have to be argued for shape by shape. What differs between architectures is
 * asked of the {@link ArchSpec}; this class holds what is the same for all.
 *
 * <p>The idea behind the rules is wave quantisation. A GEMM takes as long as its rounds of tiles,
 * so the tile with the fewest rounds wins, and among those the one that leaves the fewest SMs idle
 * in the last round. Everything after the tile follows from it. The number of SMs comes last and
 * touches nothing else: see {@link Options#MINIMIZE_NUM_SMS} and docs/heuristics.md.
 *
 * <p>That is the classic policy. With {@link Options#HEURISTICS} = tuned, the default, the kernel is the
 * one of the architecture's short list ({@link Tuning}) that a {@link CostModel} predicts to be the
 * fastest; the SM count follows as before. Where there is no list, or nothing of it is legal, the classic
 * rules answer.
 *
 * <p>There are 20 to 80 candidates. Going through 48 of them takes 2 microseconds once the code is
 * compiled (OpenJDK 17, a 2-core x86 server; 10 microseconds in the first thousand calls): too little
 * to deserve a cache here. It stays that little because reasons become text only in {@link #explain}.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class ConfigSelector {
  /** DeepGEMM's bound; no tile has room for so many. */
  public static final int MAX_STAGES = 32;

  /** Below this many rows, pairs of CTAs wait for each other longer than they save. */
  static final int MIN_M_FOR_MULTICAST = 512;

  private final Options options;

  private ConfigSelector(Options options) {
    this.options = options;
  }

  /**
   * A selector that follows the given settings, of which it reads {@link Options#HEURISTICS} and {@link
   * Options#MINIMIZE_NUM_SMS}.
   */
  public static ConfigSelector create(Options options) {
    return new ConfigSelector(options);
  }

  /**
   * The configuration of a problem.
   *
   * @param desc the problem; an SM limit of {@link GemmDesc#ALL_SMS} means {@link
   *     ArchSpec#defaultNumSms()}
   * @throws UnsupportedGemmException if the architecture cannot take its types or majors ({@code
   *     DG-CONF-*}) or its plugin is older than what is asked for ({@code DG-ARCH-05}), or no tile is legal ({@code DG-CONF-05}), or not even one pipeline stage fits
   *     the shared memory ({@code DG-SMEM-01})
   * @throws dev.deepgemm.api.OptionException if {@code DG_MINIMIZE_NUM_SMS} is not an integer, or {@code
   *     DG_HEURISTICS} not the name of a policy
   */
  public GemmConfig select(ArchSpec arch, GemmDesc desc) {
    return run(arch, desc, SelectionTrace.SILENT);
  }

  /**
   * The configuration of a problem, with everything that was considered on the way to it.
   *
   * @throws UnsupportedGemmException as {@link #select} does
   */
  public Explanation explain(ArchSpec arch, GemmDesc desc) {
    TraceRecorder recorder = new TraceRecorder();
    GemmConfig config = run(arch, desc, recorder);
    return recorder.explanation(config, arch.shouldMinimizeNumSms(options));
  }

  /**
   * The configuration of a problem with a tile, a depth and a sharing of the caller's choice; the
   * rest follows as in {@link #select}. For tuning, and for tests of every kernel there is.
   *
   * @throws UnsupportedGemmException with every rule that the choice breaks ({@code DG-CONF-07}, and
   *     {@code DG-SMEM-02} for shared memory), or as {@link #select} does
   */
  public GemmConfig configure(
      ArchSpec arch, GemmDesc problem, Tile tile, int stages, Multicast multicast) {
    requireSupported(arch, problem.signature());
    return configure(
        arch, problem, tile, stages, multicast, Team.of(arch.threads(problem.signature(), tile)));
  }

  /**
   * The same, with a team of the caller's choice.
   *
   * @param team one of {@link ArchSpec#teams}
   * @throws UnsupportedGemmException as above
   */
  public GemmConfig configure(
      ArchSpec arch, GemmDesc problem, Tile tile, int stages, Multicast multicast, Team team) {
    GemmDesc desc = resolved(arch, problem);
    List<Problem> problems = new ArrayList<>();
    Signature signature = desc.signature();
    if (!arch.candidateMs(desc).contains(tile.m())
        || !arch.blockNs(signature).contains(tile.n())
        || tile.k() != arch.blockK(signature)) {
      problems.add(
          Problem.of(
              "DG-CONF-07",
              "tile %s on %s; legal: m of %s, n of %s, k of %d",
              tile,
              arch.id(),
              arch.candidateMs(desc),
              arch.blockNs(signature),
              arch.blockK(signature)));
      throw new UnsupportedGemmException(problems);
    }
    refuse(
        problems, "tile " + tile, legality(arch, desc, tile, Waves.of(desc, tile, desc.smLimit())));
    if (stages < 1 || stages > MAX_STAGES) {
      refuse(problems, stages + " stages", Legality.illegal("legal: 1 to %d stages", MAX_STAGES));
    } else {
      refuse(problems, stages + " stages", arch.stages(signature, tile, stages));
    }
    if (multicast != Multicast.NONE) {
      refuse(
          problems,
          "multicast " + multicast,
          PluginGuard.multicast(arch, desc, tile, multicast, desc.smLimit()));
    }
    List<Team> teams = arch.teams(signature, tile);
    if (!teams.contains(team)) {
      refuse(problems, team.toString(), Legality.illegal("legal: %s", teams));
    }
    if (team.splitK() > 1 && multicast != Multicast.NONE) {
      refuse(
          problems,
          "multicast " + multicast,
          Legality.illegal("a cluster that splits k shares no operand; legal: NONE"));
    }
    if (team.splitK() > desc.smLimit()) {
      refuse(
          problems,
          "clusters of " + team.splitK(),
          Legality.illegal("the launch may use %d SMs", desc.smLimit()));
    }
    if (!problems.isEmpty()) {
      throw new UnsupportedGemmException(problems);
    }
    Tile loaded = arch.loadedTile(tile, multicast);
    Swizzles swizzles = Swizzling.of(arch, signature, tile, loaded, team);
    SmemUsage smem = arch.smem(desc, tile, multicast, team, swizzles);
    if (smem.total(stages) > arch.smemCapacity()) {
      throw new UnsupportedGemmException(
          Problem.of(
              "DG-SMEM-02",
              "%d stages x %,d B + %,d B = %,d B exceeds %,d B of shared memory on %s; largest"
                  + " legal: %d",
              stages,
              smem.perStage(),
              smem.fixed(),
              smem.total(stages),
              arch.smemCapacity(),
              arch.target(),
              (arch.smemCapacity() - smem.fixed()) / smem.perStage()));
    }
    return config(arch, desc, new Schedule(tile, multicast, team, swizzles, stages), smem);
  }

  private static void refuse(List<Problem> problems, String choice, Legality legality) {
    if (!legality.isLegal()) {
      problems.add(Problem.of("DG-CONF-07", "%s cannot be chosen: %s", choice, legality.reason()));
    }
  }

  private GemmConfig run(ArchSpec arch, GemmDesc problem, SelectionTrace trace) {
    GemmDesc desc = resolved(arch, problem);
    if (options.get(Options.HEURISTICS) == Heuristics.TUNED) {
      Optional<Tuning.Kernel> tuned =
          arch.tuning(desc.signature())
              .flatMap(tuning -> new TunedChoice(arch, desc, tuning).choose(trace));
      if (tuned.isPresent()) {
        return config(arch, desc, tuned.get());
      }
    }
    return classic(arch, desc, trace);
  }

  private GemmConfig config(ArchSpec arch, GemmDesc desc, Tuning.Kernel kernel) {
    Tile loaded = arch.loadedTile(kernel.tile(), kernel.multicast());
    Swizzles swizzles = Swizzling.of(arch, desc.signature(), kernel.tile(), loaded, kernel.team());
    SmemUsage smem = arch.smem(desc, kernel.tile(), kernel.multicast(), kernel.team(), swizzles);
    Schedule schedule =
        new Schedule(kernel.tile(), kernel.multicast(), kernel.team(), swizzles, kernel.stages());
    return config(arch, desc, schedule, smem);
  }

  private GemmConfig classic(ArchSpec arch, GemmDesc desc, SelectionTrace trace) {
    Tile tile = chooseTile(arch, desc, trace);
    Multicast multicast = chooseMulticast(arch, desc, tile, trace);
    Tile loaded = arch.loadedTile(tile, multicast);
    Team team = Team.of(arch.threads(desc.signature(), tile));
    Swizzles swizzles = Swizzling.of(arch, desc.signature(), tile, loaded, team);
    SmemUsage smem = arch.smem(desc, tile, multicast, team, swizzles);
    int stages = chooseStages(arch, desc, tile, smem, trace);
    return config(arch, desc, new Schedule(tile, multicast, team, swizzles, stages), smem);
  }

  /** The problem with its SM limit resolved, if the architecture takes it. */
  private static GemmDesc resolved(ArchSpec arch, GemmDesc desc) {
    requireSupported(arch, desc.signature());
    return desc.smLimit() == GemmDesc.ALL_SMS ? desc.withSmLimit(arch.defaultNumSms()) : desc;
  }

  /** The first question about any signature; where it is refused, there is no second one. */
  static void requireSupported(ArchSpec arch, Signature signature) {
    List<Problem> unsupported = PluginGuard.unsupported(arch, signature);
    if (!unsupported.isEmpty()) {
      throw new UnsupportedGemmException(unsupported);
    }
  }

  private GemmConfig config(ArchSpec arch, GemmDesc desc, Schedule schedule, SmemUsage smem) {
    KernelSpec kernel = new KernelSpec(arch.id(), desc.signature(), schedule);
    Tile tile = schedule.tile();
    int splitK = schedule.team().splitK();
    // Clusters that split k work as one; what is left of the SMs stays idle.
    int slots = desc.smLimit() / splitK;
    int used =
        arch.shouldMinimizeNumSms(options)
            ? fewestSlots(Waves.of(desc, tile, slots), schedule.multicast(), slots)
            : slots;
    return new GemmConfig(
        desc, kernel, used * splitK, cdiv(desc.k(), tile.k()) % schedule.stages(), smem);
  }

  private static Tile chooseTile(ArchSpec arch, GemmDesc desc, SelectionTrace trace) {
    int blockK = arch.blockK(desc.signature());
    Tile best = null;
    Waves bestWaves = null;
    int candidates = 0;
    Legality lastRefusal = Legality.legal();
    for (int blockM : arch.candidateMs(desc)) {
      for (int blockN : arch.blockNs(desc.signature())) {
        candidates++;
        Tile tile = new Tile(blockM, blockN, blockK);
        Waves waves = Waves.of(desc, tile, desc.smLimit());
        Legality legality = legality(arch, desc, tile, waves);
        if (legality.isLegal()) {
          legality = arch.classic(desc.signature(), tile);
        }
        trace.tile(tile, waves, legality);
        if (!legality.isLegal()) {
          lastRefusal = legality;
        } else if (best == null
            || bestWaves == null
            || TileOrder.compare(desc, tile, waves, best, bestWaves) != TileOrder.NONE) {
          best = tile;
          bestWaves = waves;
        }
      }
    }
    if (best == null) {
      throw new UnsupportedGemmException(
          Problem.of(
              "DG-CONF-05",
              "none of the %d tiles of %s is legal for m %,d, n %,d, k %,d, %,d groups; the last one:"
                  + " %s",
              candidates,
              arch.id(),
              desc.m(),
              desc.n(),
              desc.k(),
              desc.groups(),
              lastRefusal.reason()));
    }
    return best;
  }

  /** What the architecture says, and that a tile's index must fit the kernels' 32-bit integers. */
  private static Legality legality(ArchSpec arch, GemmDesc desc, Tile tile, Waves waves) {
    if (waves.blocks() > Integer.MAX_VALUE) {
      return Legality.illegal(
          "%,d tiles of %s; at most %,d can be counted", waves.blocks(), tile, Integer.MAX_VALUE);
    }
    return LegalTiles.legality(arch, desc, tile);
  }

  private static Multicast chooseMulticast(
      ArchSpec arch, GemmDesc desc, Tile tile, SelectionTrace trace) {
    // The longer side of the tile is the larger operand, and the one worth fetching once.
    boolean firstA = tile.m() > tile.n();
    Multicast first = firstA ? Multicast.ON_A : Multicast.ON_B;
    Multicast second = firstA ? Multicast.ON_B : Multicast.ON_A;
    for (Multicast side : List.of(first, second)) {
      Legality legality =
          desc.m() < MIN_M_FOR_MULTICAST
              ? Legality.illegal("m %d; from %d on", desc.m(), MIN_M_FOR_MULTICAST)
              : PluginGuard.multicast(arch, desc, tile, side, desc.smLimit());
      trace.multicast(side, legality);
      if (legality.isLegal()) {
        return side;
      }
    }
    return Multicast.NONE;
  }

  private static int chooseStages(
      ArchSpec arch, GemmDesc desc, Tile tile, SmemUsage smem, SelectionTrace trace) {
    int capacity = arch.smemCapacity();
    for (int stages = MAX_STAGES; stages >= 1; stages--) {
      int bytes = smem.total(stages);
      Legality legality = arch.stages(desc.signature(), tile, stages);
      if (legality.isLegal() && bytes > capacity) {
        legality = Legality.illegal("more than %,d B of shared memory", capacity);
      }
      trace.stages(stages, bytes, legality);
      if (legality.isLegal()) {
        return stages;
      }
    }
    throw new UnsupportedGemmException(
        Problem.of(
            "DG-SMEM-01",
            "tile %s: 1 stage x %,d B + %,d B = %,d B exceeds %,d B of shared memory on %s; the"
                + " largest parts: %s. Where they grow with k %,d, split k",
            tile,
            smem.perStage(),
            smem.fixed(),
            smem.total(1),
            capacity,
            arch.target(),
            largestParts(smem),
            desc.k()));
  }

  private static String largestParts(SmemUsage smem) {
    return smem.parts().stream()
        .sorted(Comparator.comparing(part -> -part.bytes()))
        .limit(2)
        .map(part -> String.format(Locale.ROOT, "%s %,d B", part.name(), part.bytes()))
        .collect(Collectors.joining(", "));
  }

  /** As many SMs (clusters that split k) as keep the number of waves, in whole clusters. */
  private static int fewestSlots(Waves waves, Multicast multicast, int limit) {
    int needed = (int) ((waves.blocks() - 1) / waves.waves() + 1);
    return Math.min(limit, align(needed, multicast.ctas()));
  }
}
