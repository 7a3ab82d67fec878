package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.DeviceMatrix;
import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.KernelArg;
import dev.deepgemm.api.LaunchPlan;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.PtxModule;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.testkit.conformance.spec.Capability;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** S-20 to S-22: operands, launch plans, and sizes. */
final class LaunchChecks {
  private static final Pattern PARAMS =
      Pattern.compile("\\.entry\\s+\\S+?\\s*\\(([^)]*)\\)", Pattern.DOTALL);

  private LaunchChecks() {}

  static void operands(Subject subject, Findings findings) {
    Optional<KernelProvider> provider = subject.kernelsIfDeclared(findings);
    if (provider.isEmpty()) {
      return;
    }
    for (Capability capability : subject.capabilities().problemKinds()) {
      GemmDesc desc = capability.problem(256, 256, 512, subject.arch().defaultNumSms());
      GemmConfig config = subject.select(desc, true);
      GemmOperands good = Operands.good(desc);
      List<Problem> problems = provider.get().check(desc, good);
      findings.check(problems.isEmpty(), "good operands of %s: %s", capability, problems);
      for (Operands.Which which : Operands.Which.values()) {
        DeviceMatrix matrix = Operands.get(good, which);
        if (matrix == null) {
          continue;
        }
        bad(findings, provider.get(), config, good, which, new DeviceMatrix(0, matrix.stride()));
        bad(
            findings,
            provider.get(),
            config,
            good,
            which,
            new DeviceMatrix(matrix.address() + 1, matrix.stride()));
        bad(findings, provider.get(), config, good, which, new DeviceMatrix(matrix.address(), 1));
        if (which == Operands.Which.SFA || which == Operands.Which.SFB) {
          bad(findings, provider.get(), config, good, which, null);
        }
      }
      GemmOperands both =
          Operands.with(
              Operands.with(good, Operands.Which.A, new DeviceMatrix(0, good.a().stride())),
              Operands.Which.D,
              new DeviceMatrix(good.d().address(), 1));
      findings.check(
          provider.get().check(desc, both).size() >= 2,
          "%s: null a and short rows of d are reported as %s",
          capability,
          provider.get().check(desc, both));
    }
  }

  private static void bad(
      Findings findings,
      KernelProvider provider,
      GemmConfig config,
      GemmOperands good,
      Operands.Which which,
      @Nullable DeviceMatrix changed) {
    GemmOperands operands = Operands.with(good, which, changed);
    findings.check(
        !provider.check(config.desc(), operands).isEmpty(),
        "%s: check() finds nothing wrong with %s = %s",
        config.kernel().id(),
        which,
        changed);
    try {
      provider.plan(config, operands);
      findings.check(false, "%s: plan() takes %s = %s", config.kernel().id(), which, changed);
    } catch (InvalidGemmException e) {
      findings.check(true, "");
    }
  }

  static void plans(Subject subject, Findings findings) {
    Optional<KernelProvider> provider = subject.kernelsIfDeclared(findings);
    if (provider.isEmpty()) {
      return;
    }
    for (GemmConfig config : subject.kernels().values()) {
      PtxModule module = subject.module(provider.get(), config.kernel());
      GemmOperands operands = Operands.good(config.desc());
      if (!provider.get().check(config.desc(), operands).isEmpty()) {
        continue; // a size that the plugin documents as illegal
      }
      LaunchPlan plan = provider.get().plan(config, operands);
      String id = config.kernel().id();
      findings.check(
          plan.grid() == config.numSms(),
          "%s: a grid of %d CTAs, the configuration says %d",
          id,
          plan.grid(),
          config.numSms());
      findings.check(
          plan.threads() == module.threads() && plan.cluster() == module.cluster(),
          "%s: launched with %d threads and clusters of %d, the module wants %d and %d",
          id,
          plan.threads(),
          plan.cluster(),
          module.threads(),
          module.cluster());
      findings.check(
          plan.smemBytes() == config.smemBytes(),
          "%s: launched with %,d bytes of shared memory, the configuration says %,d",
          id,
          plan.smemBytes(),
          config.smemBytes());
      List<String> wanted = parameters(module);
      List<String> given = plan.args().stream().map(LaunchChecks::name).toList();
      findings.check(
          wanted.equals(given), "%s: the entry takes %s, the plan passes %s", id, wanted, given);
    }
  }

  private static String name(KernelArg arg) {
    if (arg instanceof KernelArg.Map) {
      return "map";
    }
    return arg instanceof KernelArg.Address ? "address" : "integer";
  }

  private static List<String> parameters(PtxModule module) {
    List<String> found = new ArrayList<>();
    Matcher entry = PARAMS.matcher(module.text());
    if (entry.find()) {
      for (String parameter : entry.group(1).split(",", -1)) {
        if (parameter.contains("[128]")) {
          found.add("map");
        } else if (parameter.contains("64 ")) {
          found.add("address");
        } else if (parameter.contains("32 ")) {
          found.add("integer");
        } else if (!parameter.isBlank()) {
          found.add(parameter.strip());
        }
      }
    }
    return found;
  }

  static void sizes(Subject subject, Findings findings) {
    Optional<KernelProvider> provider = subject.kernelsIfDeclared(findings);
    if (provider.isEmpty()) {
      return;
    }
    for (Capability capability : subject.capabilities().problemKinds()) {
      for (int m : new int[] {1, 15, 64, 129, 4096, 1_000_000}) {
        for (int n : new int[] {16, 136, 7168, 128_256}) {
          for (int k : new int[] {16, 200, 7168, 18_432}) {
            GemmDesc desc = capability.problem(m, n, k, subject.arch().defaultNumSms());
            List<Problem> unsupported = subject.arch().unsupported(desc);
            Legality legality = provider.get().supports(desc);
            findings.check(
                unsupported.isEmpty() && legality.isLegal(),
                "%s is declared, m %,d, n %,d, k %,d is refused: %s %s",
                capability,
                m,
                n,
                k,
                unsupported,
                legality.reason());
          }
        }
      }
    }
  }
}
