package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.testkit.conformance.run.KernelAssembler;
import dev.deepgemm.testkit.conformance.run.KernelAssembler.Assembly;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** C-01 to C-04: what an assembler says about the declared set. */
final class CompileChecks {
  private static final int REGISTER_FILE = 65_536;
  private static final int REGISTER_UNIT = 8;

  /** Kernels whose thread variants are assembled too; all of them would take minutes. */
  private static final int WITH_VARIANTS = 8;

  private final Subject subject;
  private final KernelAssembler assembler;
  private final int most;
  private @Nullable Map<PtxModule, Assembly> assemblies;

  /** {@code most}: how many kernels are assembled, spread over the set. */
  CompileChecks(Subject subject, KernelAssembler assembler, int most) {
    this.subject = subject;
    this.assembler = assembler;
    this.most = most;
  }

  private Map<PtxModule, Assembly> assemblies(Findings findings) {
    Optional<KernelProvider> provider = subject.kernelsIfDeclared(findings);
    if (provider.isEmpty()) {
      return Map.of();
    }
    Optional<String> unavailable = assembler.unavailable(subject.arch().target());
    if (unavailable.isPresent()) {
      findings.gap("no assembler: " + unavailable.get());
      return Map.of();
    }
    List<KernelSpec> all = new ArrayList<>(subject.kernels().keySet());
    all.addAll(subject.variants(provider.get(), WITH_VARIANTS));
    List<KernelSpec> some = Subject.sample(all, most);
    if (some.size() < all.size()) {
      findings.gap(some.size() + " of " + all.size() + " kernels were assembled");
    }
    if (assemblies == null) {
      List<PtxModule> modules =
          some.stream().map(spec -> subject.module(provider.get(), spec)).toList();
      List<Assembly> results = modules.parallelStream().map(assembler::assemble).toList();
      Map<PtxModule, Assembly> found = new LinkedHashMap<>();
      for (int i = 0; i < modules.size(); i++) {
        found.put(modules.get(i), results.get(i));
      }
      assemblies = found;
    }
    return assemblies;
  }

  void accepted(Findings findings) {
    assemblies(findings)
        .forEach(
            (module, assembly) ->
                findings.check(
                    assembly.accepted(),
                    "%s is refused: %s",
                    module.entry(),
                    assembly.log().lines().limit(5).toList()));
  }

  void spills(Findings findings) {
    assemblies(findings)
        .forEach(
            (module, assembly) -> {
              if (assembly.accepted()) {
                findings.check(
                    assembly.spillBytes() == 0 && assembly.stackBytes() == 0,
                    "%s spills %d bytes and has %d bytes of stack",
                    module.entry(),
                    assembly.spillBytes(),
                    assembly.stackBytes());
              }
            });
  }

  void registers(Findings findings) {
    assemblies(findings)
        .forEach(
            (module, assembly) -> {
              if (assembly.accepted()) {
                int rounded =
                    (assembly.registers() + REGISTER_UNIT - 1) / REGISTER_UNIT * REGISTER_UNIT;
                findings.check(
                    rounded > 0 && rounded * module.threads() <= REGISTER_FILE,
                    "%s: %d registers x %d threads; at most %,d",
                    module.entry(),
                    rounded,
                    module.threads(),
                    REGISTER_FILE);
              }
            });
  }

  void staticSharedMemory(Findings findings) {
    assemblies(findings)
        .forEach(
            (module, assembly) -> {
              if (assembly.accepted()) {
                findings.check(
                    assembly.staticSmem() == 0,
                    "%s has %,d bytes of static shared memory",
                    module.entry(),
                    assembly.staticSmem());
              }
            });
  }
}
