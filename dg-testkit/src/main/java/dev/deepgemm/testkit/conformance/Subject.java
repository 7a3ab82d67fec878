package dev.deepgemm.testkit.conformance;

import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.PtxModule;
import dev.deepgemm.api.Tile;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A plugin under test, and what several rules want to know of it, computed once.
 *
 * <p>One thread uses an instance, apart from what the rules about threads do themselves.
 */
final class Subject {
  private final Supplier<ArchSpec> source;
  private final ArchSpec arch;
  private final Capabilities capabilities;
  private @Nullable List<GemmDesc> problems;
  private @Nullable Map<KernelSpec, GemmConfig> kernels;
  private final Map<KernelSpec, PtxModule> modules = new LinkedHashMap<>();

  Subject(Supplier<ArchSpec> source, Capabilities capabilities) {
    this.source = source;
    this.arch = source.get();
    this.capabilities = capabilities;
  }

  ArchSpec arch() {
    return arch;
  }

  /** Another instance of the plugin. */
  ArchSpec another() {
    return source.get();
  }

  Capabilities capabilities() {
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

  /** Every legal tile of a problem. */
  void forEachLegalTile(GemmDesc desc, Consumer<Tile> body) {
    for (int m : arch.blockMs(desc)) {
      for (int n : arch.blockNs(desc)) {
        Tile tile = new Tile(m, n, arch.blockK(desc));
        if (arch.tile(desc, tile).isLegal()) {
          body.accept(tile);
        }
      }
    }
  }

  /** What the selector chooses, with the switch as given. */
  GemmConfig select(GemmDesc desc, boolean minimize) {
    Options options = Options.defaults().with(Options.MINIMIZE_NUM_SMS, minimize ? "1" : "0");
    return ConfigSelector.create(options).select(arch, desc);
  }

  /**
   * The declared set: every kernel that the selector chooses for a problem of a declared
   * capability, with one configuration that leads to it.
   */
  Map<KernelSpec, GemmConfig> kernels() {
    if (kernels == null) {
      Map<KernelSpec, GemmConfig> found = new LinkedHashMap<>();
      for (GemmDesc desc : problems()) {
        if (declared(desc)) {
          GemmConfig config = select(desc, true);
          found.putIfAbsent(config.kernel(), config);
        }
      }
      kernels = found;
    }
    return kernels;
  }

  private boolean declared(GemmDesc desc) {
    return capabilities.problemKinds().stream()
        .anyMatch(kind -> kind.problem(desc.m(), desc.n(), desc.k(), desc.smLimit()).equals(desc));
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
