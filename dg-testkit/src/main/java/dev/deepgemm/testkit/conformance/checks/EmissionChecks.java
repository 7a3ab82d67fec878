package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Schedule;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.testkit.conformance.spec.Capability;
import dev.deepgemm.testkit.conformance.spec.Product;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** S-15 to S-19: which kernels are emitted, which are refused, and what the text says. */
final class EmissionChecks {
  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]*");
  private static final int SAMPLE = 16;
  private static final int MOST_STAGES = 1024;

  private EmissionChecks() {}

  static void emittable(Subject subject, Findings findings) {
    subject
        .kernelsIfDeclared(findings)
        .ifPresent(
            provider -> {
              for (KernelSpec spec : subject.kernels().keySet()) {
                Legality legality = provider.canEmit(spec);
                if (findings.check(
                    legality.isLegal(),
                    "the selector chose %s, which canEmit() refuses: %s",
                    spec.id(),
                    legality.reason())) {
                  subject.module(provider, spec);
                }
              }
            });
  }

  static void deterministic(Subject subject, Findings findings) throws InterruptedException {
    Optional<KernelProvider> declared = subject.kernelsIfDeclared(findings);
    if (declared.isEmpty()) {
      return;
    }
    KernelProvider provider = declared.get();
    List<GemmConfig> configs = Subject.sample(List.copyOf(subject.kernels().values()), SAMPLE);
    for (GemmConfig config : configs) {
      KernelSpec spec = config.kernel();
      String first = provider.emit(spec).text();
      same(findings, "again", spec, first, provider.emit(spec).text());
      KernelProvider another = subject.another().kernels().orElse(provider);
      same(findings, "by a new provider", spec, first, another.emit(spec).text());
      for (String text : SelectionChecks.twoThreads(() -> provider.emit(spec).text())) {
        same(findings, "on another thread", spec, first, text);
      }
      for (GemmConfig other : configs) {
        provider.plan(other, Operands.good(other.desc()));
      }
      same(findings, "after other problems", spec, first, provider.emit(spec).text());
    }
  }

  private static void same(
      Findings findings, String how, KernelSpec spec, String first, String second) {
    int line = 0;
    if (!first.equals(second)) {
      List<String> a = first.lines().toList();
      List<String> b = second.lines().toList();
      while (line < Math.min(a.size(), b.size()) && a.get(line).equals(b.get(line))) {
        line++;
      }
    }
    findings.check(
        first.equals(second), "%s: %s differs from line %d on", how, spec.id(), line + 1);
  }

  static void heads(Subject subject, Findings findings) {
    Optional<KernelProvider> provider = subject.kernelsIfDeclared(findings);
    if (provider.isEmpty()) {
      return;
    }
    Map<String, KernelSpec> entries = new HashMap<>();
    for (KernelSpec spec : subject.kernels().keySet()) {
      PtxModule module = subject.module(provider.get(), spec);
      String entry = module.entry();
      findings.check(
          module.target().equals(subject.arch().target())
              && module.target().equals(directive(module, "\\.target\\s+(\\S+)")),
          "%s: module %s, PTX %s, plugin %s",
          entry,
          module.target(),
          directive(module, "\\.target\\s+(\\S+)"),
          subject.arch().target());
      findings.check(
          NAME.matcher(entry).matches()
              && entry.equals(directive(module, "\\.entry\\s+([A-Za-z0-9_$]+)")),
          "the entry is called %s, in PTX %s",
          entry,
          directive(module, "\\.entry\\s+([A-Za-z0-9_$]+)"));
      KernelSpec other = entries.putIfAbsent(entry, spec);
      findings.check(other == null, "two kernels are called %s: %s and %s", entry, other, spec);
      findings.check(
          module.threads() == spec.threads().total()
              && String.valueOf(module.threads()).equals(directive(module, "\\.reqntid\\s+(\\d+)")),
          "%s: module %d threads, .reqntid %s, configuration %s",
          entry,
          module.threads(),
          directive(module, "\\.reqntid\\s+(\\d+)"),
          spec.threads());
      String cluster = directive(module, "\\.reqnctapercluster\\s+(\\d+)");
      findings.check(
          module.cluster() == spec.cluster()
              && ((module.cluster() == 1 && cluster.isEmpty())
                  || String.valueOf(module.cluster()).equals(cluster)),
          "%s: module clusters of %d, .reqnctapercluster %s, configuration %s",
          entry,
          module.cluster(),
          cluster.isEmpty() ? "missing" : cluster,
          spec.cluster());
      findings.check(
          module.origins().size() == module.text().lines().count(),
          "%s: %d origins for %d lines",
          entry,
          module.origins().size(),
          module.text().lines().count());
    }
  }

  private static String directive(PtxModule module, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(module.text());
    return matcher.find() ? matcher.group(1) : "";
  }

  static void undeclared(Subject subject, Findings findings) {
    ArchSpec arch = subject.arch();
    if (!subject.capabilities().has(Capability.KERNELS)) {
      findings.check(arch.kernels().isEmpty(), "KERNELS is not declared, and kernels() has some");
    }
    for (Product product : Product.all()) {
      if (subject.capabilities().has(product)) {
        continue;
      }
      if (!arch.unsupported(product.signature()).isEmpty()) {
        findings.check(true, "");
        continue;
      }
      Optional<KernelProvider> provider = arch.kernels();
      if (provider.isEmpty()) {
        findings.check(
            false, "%s is not declared; there are no kernels, and it is configured", product);
        continue;
      }
      Legality legality = provider.get().supports(product.signature());
      findings.check(
          !legality.isLegal() && !legality.reason().isBlank(),
          "%s is not declared, and supports() says yes: declare it, or refuse it",
          product);
      GemmDesc desc = product.problem(256, 256, 512, arch.defaultNumSms());
      refused(findings, provider.get(), subject.select(desc, true).kernel(), product.toString());
    }
  }

  private static void refused(
      Findings findings, KernelProvider provider, KernelSpec spec, String what) {
    Legality legality = provider.canEmit(spec);
    findings.check(
        !legality.isLegal() && !legality.reason().isBlank(),
        "%s: canEmit() accepts %s",
        what,
        spec.id());
    try {
      provider.emit(spec);
      findings.check(false, "%s: emit() of %s returned a module", what, spec.id());
    } catch (UnsupportedGemmException e) {
      findings.check(true, "");
    } catch (RuntimeException e) {
      findings.check(
          false,
          "%s: emit() of %s threw %s instead of UnsupportedGemmException",
          what,
          spec.id(),
          e);
    }
  }

  static void nonsense(Subject subject, Findings findings) {
    Optional<KernelProvider> provider = subject.kernelsIfDeclared(findings);
    if (provider.isEmpty()) {
      return;
    }
    ArchSpec arch = subject.arch();
    for (GemmConfig config : Subject.sample(List.copyOf(subject.kernels().values()), SAMPLE)) {
      KernelSpec good = config.kernel();
      Tile tile = good.tile();
      List<Changed> changes = new ArrayList<>();
      changes.add(new Changed("arch", new KernelSpec("other", good.signature(), good.schedule())));
      Tile odd = new Tile(tile.m() + 1, tile.n(), tile.k());
      changes.add(new Changed("tile", with(good, odd, good.stages(), good.team())));
      Tile deep = new Tile(tile.m(), tile.n(), 2 * tile.k());
      changes.add(new Changed("block_k", with(good, deep, good.stages(), good.team())));
      int tooMany = tooManyStages(arch, config);
      changes.add(new Changed("stages", with(good, tile, tooMany, good.team())));
      Team more = new Team(oneWarpMore(good.threads()), good.splitK());
      changes.add(new Changed("threads", with(good, tile, good.stages(), more)));
      changes.forEach(c -> refused(findings, provider.get(), c.spec, c.what));
    }
  }

  private record Changed(String what, KernelSpec spec) {}

  /** The first number of stages that cannot fit, for the k that needs least: k is no part of a kernel. */
  private static int tooManyStages(ArchSpec arch, GemmConfig config) {
    KernelSpec kernel = config.kernel();
    SmemUsage smem =
        arch.smem(
            config.desc().withK(1),
            kernel.tile(),
            kernel.multicast(),
            kernel.team(),
            kernel.swizzles());
    int stages = 1;
    while (stages < MOST_STAGES && smem.total(stages) <= arch.smemCapacity()) {
      stages++;
    }
    return stages + 1;
  }

  private static ThreadRoles oneWarpMore(ThreadRoles roles) {
    return new ThreadRoles(
        roles.parts().stream()
            .map(part -> new ThreadRoles.Part(part.role(), part.threads() + 32))
            .toList());
  }

  private static KernelSpec with(KernelSpec good, Tile tile, int stages, Team team) {
    return new KernelSpec(
        good.arch(),
        good.signature(),
        new Schedule(tile, good.multicast(), team, good.swizzles(), stages));
  }
}
