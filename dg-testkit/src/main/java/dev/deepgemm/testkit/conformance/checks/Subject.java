package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.testkit.conformance.spec.Capabilities;
import dev.deepgemm.testkit.conformance.spec.Capability;
import dev.deepgemm.testkit.conformance.spec.Product;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A plugin under test, and what several rules want to know of it, computed once.
 *
 * <p>One thread uses an instance, apart from what the rules about threads do themselves.
 */
public final class Subject {
  private final Supplier<ArchSpec> source;
  private final ArchSpec arch;
  private final Capabilities capabilities;
  private @Nullable List<GemmDesc> problems;
  private @Nullable Map<KernelSpec, GemmConfig> kernels;
  private final Map<KernelSpec, PtxModule> modules = new LinkedHashMap<>();

  public Subject(Supplier<ArchSpec> source, Capabilities capabilities) {
    this.source = source;
    this.arch = source.get();
    this.capabilities = capabilities;
  }

  public ArchSpec arch() {
    return arch;
  }

  /** Another instance of the plugin. */
  ArchSpec another() {
    return source.get();
  }

  public Capabilities capabilities() {
    return capabilities;
  }

  /** Whether rules about kernels apply; notes why not. */
  Optional<KernelProvider> kernelsIfDeclared(Findings findings) {
    if (!capabilities.has(Capability.KERNELS)) {
      findings.notApplicable("the plugin declares no kernels");
      return Optional.empty();
    }
    Optional<KernelProvider> provider = arch.kernels();
    if (provider.isEmpty()) {
      findings.check(false, "KERNELS is declared, and kernels() is empty");
    }
    return provider;
  }

  List<GemmDesc> problems() {
    if (problems == null) {
      problems = ProblemSet.configurable(arch);
    }
    return problems;
  }

  /** Those that may use the whole device: enough for rules that do not ask about SMs. */
  List<GemmDesc> problemsOfAllSms() {
    return problems().stream().filter(desc -> desc.smLimit() == arch.defaultNumSms()).toList();
  }

  /** The signatures of the problems. */
  List<Signature> signatures() {
    return ProblemSet.products(arch).stream().map(Product::signature).toList();
  }

  /** Every tile of a signature, legal or not. */
  static void forEachTile(ArchSpec arch, Signature signature, Consumer<Tile> body) {
    int blockK = arch.blockK(signature);
    for (int m : arch.blockMs(signature)) {
      for (int n : arch.blockNs(signature)) {
        body.accept(new Tile(m, n, blockK));
      }
    }
  }

  /** Every tile that a kernel of a signature can have. */
  static void forEachLegalTile(ArchSpec arch, Signature signature, Consumer<Tile> body) {
    forEachTile(
        arch,
        signature,
        tile -> {
          if (arch.tile(signature, tile).isLegal()) {
            body.accept(tile);
          }
        });
  }

  /** The team of a tile that selection by DeepGEMM's rules uses. */
  static Team usualTeam(ArchSpec arch, Signature signature, Tile tile) {
    return Team.of(arch.threads(signature, tile));
  }

  /** What the classic rules choose, with the switch as given. */
  GemmConfig select(GemmDesc desc, boolean minimize) {
    return select(desc, minimize, Heuristics.CLASSIC);
  }

  /** What the selector chooses by some rules, with the switch as given. */
  GemmConfig select(GemmDesc desc, boolean minimize, Heuristics heuristics) {
    Options options =
        Options.defaults()
            .with(Options.MINIMIZE_NUM_SMS, minimize ? "1" : "0")
            .with(Options.HEURISTICS, heuristics.name());
    return ConfigSelector.create(options).select(arch, desc);
  }

  /**
   * The declared set: every kernel that the selector chooses for a problem of a declared product, with
   * one configuration that leads to it.
   */
  Map<KernelSpec, GemmConfig> kernels() {
    if (kernels == null) {
      Set<Signature> declared =
          capabilities.products().stream().map(Product::signature).collect(Collectors.toSet());
      Map<KernelSpec, GemmConfig> found = new LinkedHashMap<>();
      for (GemmDesc desc : problems()) {
        if (declared.contains(desc.signature())) {
          GemmConfig config = select(desc, true);
          found.putIfAbsent(config.kernel(), config);
        }
      }
      kernels = found;
    }
    return kernels;
  }

  /**
   * The same problem and tile with another of the tile's teams, as deep as fits. One that splits k
   * shares no operand.
   *
   * @param variant index in {@link ArchSpec#teams}
   * @return empty if the plugin has no such variant, or cannot emit it for this tile
   */
  Optional<GemmConfig> variant(KernelProvider provider, GemmConfig config, int variant) {
    GemmDesc desc = config.desc();
    KernelSpec kernel = config.kernel();
    List<Team> teams = arch.teams(desc.signature(), kernel.tile());
    if (variant >= teams.size()) {
      return Optional.empty();
    }
    Team team = teams.get(variant);
    Multicast multicast = team.splitK() > 1 ? Multicast.NONE : kernel.multicast();
    ConfigSelector selector = ConfigSelector.create(Options.defaults());
    for (int stages = ConfigSelector.MAX_STAGES; stages >= 1; stages--) {
      try {
        GemmConfig other = selector.configure(arch, desc, kernel.tile(), stages, multicast, team);
        if (provider.canEmit(other.kernel()).isLegal()) {
          return Optional.of(other);
        }
      } catch (UnsupportedGemmException e) {
        // Too deep, or not enough slots for the variant: the next one may do.
      }
    }
    return Optional.empty();
  }

  /** All other {@link #variant teams} of some kernels of the declared set. */
  List<KernelSpec> variants(KernelProvider provider, int most) {
    List<KernelSpec> found = new ArrayList<>();
    for (GemmConfig config : sample(List.copyOf(kernels().values()), most)) {
      int count = arch.teams(config.kernel().signature(), config.kernel().tile()).size();
      for (int i = 1; i < count; i++) {
        variant(provider, config, i).map(GemmConfig::kernel).ifPresent(found::add);
      }
    }
    return found;
  }

  /** A kernel's module, emitted once. */
  PtxModule module(KernelProvider provider, KernelSpec spec) {
    return modules.computeIfAbsent(spec, provider::emit);
  }

  /** Some of a list, evenly spread, the first and the last among them. */
  static <T> List<T> sample(List<T> all, int most) {
    if (all.size() <= most) {
      return all;
    }
    List<T> some = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      some.add(all.get((int) ((long) i * (all.size() - 1) / (most - 1))));
    }
    return some;
  }
}
