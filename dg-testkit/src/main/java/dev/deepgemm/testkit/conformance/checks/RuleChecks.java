package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.testkit.conformance.run.KernelAssembler;
import dev.deepgemm.testkit.conformance.run.KernelRunner;
import dev.deepgemm.testkit.conformance.spec.Rule;
import dev.deepgemm.testkit.conformance.spec.RuleResult;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Which check belongs to which rule, and what an unexpected exception means. */
public final class RuleChecks {
  private final Subject subject;
  private final CompileChecks compile;
  private final KernelAssembler assembler;
  private final Map<KernelRunner, NumericsChecks> numerics = new LinkedHashMap<>();

  public RuleChecks(Subject subject, KernelAssembler assembler, int kernelsToAssemble) {
    this.subject = subject;
    this.assembler = assembler;
    this.compile = new CompileChecks(subject, assembler, kernelsToAssemble);
  }

  private interface Body {
    void run(Findings findings) throws InterruptedException;
  }

  public RuleResult host(Rule rule) {
    return measured(rule, "host", findings -> specification(rule, findings));
  }

  public RuleResult assembler(Rule rule) {
    return measured(
        rule,
        assembler.description(),
        findings -> {
          switch (rule) {
            case C_01 -> compile.accepted(findings);
            case C_02 -> compile.spills(findings);
            case C_03 -> compile.registers(findings);
            case C_04 -> compile.staticSharedMemory(findings);
            default -> throw new IllegalArgumentException(rule.id());
          }
        });
  }

  public RuleResult runner(Rule rule, KernelRunner runner) {
    return measured(
        rule,
        runner.id(),
        findings -> {
          Optional<KernelProvider> provider = subject.kernelsIfDeclared(findings);
          if (provider.isEmpty()) {
            return;
          }
          Optional<String> unavailable = runner.unavailable(subject.arch());
          unavailable.ifPresent(findings::gap);
          if (unavailable.isEmpty()) {
            NumericsChecks checks =
                numerics.computeIfAbsent(
                    runner, r -> new NumericsChecks(subject, provider.get(), r));
            numerics(rule, checks, findings);
          }
        });
  }

  private static RuleResult measured(Rule rule, String where, Body body) {
    Findings findings = new Findings();
    long start = System.nanoTime();
    try {
      body.run(findings);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      findings.gap("interrupted");
    } catch (RuntimeException | LinkageError | AssertionError e) {
      StackTraceElement[] trace = e.getStackTrace();
      findings.check(false, "%s%s", e, trace.length == 0 ? "" : " at " + trace[0]);
    }
    return findings.result(rule, where, (System.nanoTime() - start) / 1_000_000);
  }

  private void specification(Rule rule, Findings findings) throws InterruptedException {
    switch (rule) {
      case S_01 -> IdentityChecks.names(subject, findings);
      case S_02 -> IdentityChecks.devices(subject, findings);
      case S_03 -> IdentityChecks.registration(subject, findings);
      case S_04 -> SelectionChecks.pure(subject, findings);
      case S_05 -> IdentityChecks.capacity(subject, findings);
      case S_06 -> TileChecks.candidates(subject, findings);
      case S_07 -> TileChecks.sharedMemory(subject, findings);
      case S_08 -> TileChecks.threads(subject, findings);
      case S_09 -> TileChecks.sharing(subject, findings);
      case S_10 -> TileChecks.reasons(subject, findings);
      case S_11 -> SwitchChecks.values(subject, findings);
      case S_12 -> SwitchChecks.precedence(subject, findings);
      case S_13 -> SelectionChecks.selection(subject, findings);
      case S_14 -> SelectionChecks.identity(subject, findings);
      case S_15 -> EmissionChecks.emittable(subject, findings);
      case S_16 -> EmissionChecks.deterministic(subject, findings);
      case S_17 -> EmissionChecks.heads(subject, findings);
      case S_18 -> EmissionChecks.undeclared(subject, findings);
      case S_19 -> EmissionChecks.nonsense(subject, findings);
      case S_20 -> LaunchChecks.operands(subject, findings);
      case S_21 -> LaunchChecks.plans(subject, findings);
      case S_22 -> LaunchChecks.sizes(subject, findings);
      case S_23 -> LaunchChecks.origins(subject, findings);
      case S_24 -> SelectionChecks.consistency(subject, findings);
      default -> throw new IllegalArgumentException(rule.id());
    }
  }

  private static void numerics(Rule rule, NumericsChecks checks, Findings findings) {
    switch (rule) {
      case N_01 -> checks.faults(findings);
      case N_02 -> checks.poison(findings);
      case N_03 -> checks.integers(findings);
      case N_04 -> checks.random(findings);
      case N_05 -> checks.ragged(findings);
      case N_06 -> checks.scales(findings);
      case N_07 -> checks.notFinite(findings);
      case N_08 -> checks.extremes(findings);
      case N_09 -> checks.grids(findings);
      default -> throw new IllegalArgumentException(rule.id());
    }
  }
}
