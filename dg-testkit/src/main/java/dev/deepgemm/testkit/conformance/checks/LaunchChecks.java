package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.testkit.conformance.spec.Product;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** S-20 to S-23: operands, launch plans, and sizes. */
final class LaunchChecks {
  private static final Pattern PARAMS =
      Pattern.compile("\\.entry\\s+\\S+?\\s*\\(([^)]*)\\)", Pattern.DOTALL);

  private LaunchChecks() {}

  static void operands(Subject subject, Findings findings) {
    Optional<KernelProvider> provider = subject.kernelsIfDeclared(findings);
    if (provider.isEmpty()) {
      return;
    }
    for (Product product : subject.capabilities().products()) {
      GemmDesc desc = product.problem(256, 256, 512, subject.arch().defaultNumSms());
      GemmConfig config = subject.select(desc, true);
      GemmOperands good = Operands.good(desc);
      List<Problem> problems = provider.get().check(desc, good);
      findings.check(problems.isEmpty(), "good operands of %s: %s", product, problems);
      for (OperandRole role : good.roles()) {
        DeviceMatrix matrix = good.require(role);
        bad(findings, provider.get(), config, good, role, matrix.at(0));
        bad(findings, provider.get(), config, good, role, matrix.at(matrix.address() + 1));
        bad(findings, provider.get(), config, good, role, new DeviceMatrix(matrix.address(), 1));
        if (role == OperandRole.SCALES_A || role == OperandRole.SCALES_B) {
          bad(findings, provider.get(), config, good, role, null);
        }
      }
      for (OperandRole role : OperandRole.values()) {
        if (!good.roles().contains(role)) {
          bad(findings, provider.get(), config, good, role, Operands.matrix(role, 4096));
        }
      }
      GemmOperands both =
          good.with(OperandRole.A, good.a().at(0))
              .with(OperandRole.D, new DeviceMatrix(good.d().address(), 1));
      findings.check(
          provider.get().check(desc, both).size() >= 2,
          "%s: null a and short rows of d are reported as %s",
          product,
          provider.get().check(desc, both));
    }
  }

  private static void bad(
      Findings findings,
      KernelProvider provider,
      GemmConfig config,
      GemmOperands good,
      OperandRole role,
      @Nullable DeviceMatrix changed) {
    GemmOperands operands = good.with(role, changed);
    findings.check(
        !provider.check(config.desc(), operands).isEmpty(),
        "%s: check() finds nothing wrong with %s = %s",
        config.kernel().id(),
        role,
        changed);
    try {
      provider.plan(config, operands);
      findings.check(false, "%s: plan() takes %s = %s", config.kernel().id(), role, changed);
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
    ArchSpec arch = subject.arch();
    for (Product product : subject.capabilities().products()) {
      Legality legality = provider.get().supports(product.signature());
      findings.check(
          arch.unsupported(product.signature()).isEmpty() && legality.isLegal(),
          "%s is declared and refused: %s %s",
          product,
          arch.unsupported(product.signature()),
          legality.reason());
      for (int m : new int[] {1, 15, 64, 129, 4096, 1_000_000}) {
        for (int n : new int[] {16, 144, 7168, 128_256}) {
          for (int k : new int[] {16, 208, 7168, 18_432}) {
            GemmDesc desc = product.problem(m, n, k, arch.defaultNumSms());
            Legality emittable = provider.get().canEmit(subject.select(desc, true).kernel());
            List<Problem> problems = provider.get().check(desc, Operands.good(desc));
            findings.check(
                emittable.isLegal() && problems.isEmpty(),
                "%s is declared, m %,d, n %,d, k %,d is refused: %s %s",
                product,
                m,
                n,
                k,
                emittable.reason(),
                problems);
          }
        }
      }
    }
  }

  /** S-23. */
  static void origins(Subject subject, Findings findings) {
    Optional<KernelProvider> provider = subject.kernelsIfDeclared(findings);
    if (provider.isEmpty()) {
      return;
    }
    for (GemmConfig config : subject.kernels().values()) {
      GemmOperands operands = Operands.good(config.desc());
      if (!provider.get().check(config.desc(), operands).isEmpty()) {
        continue; // a size that the plugin documents as illegal
      }
      GemmOperands elsewhere = Operands.elsewhere(operands);
      List<KernelArg> filledIn = provider.get().plan(config, operands).on(elsewhere).args();
      List<KernelArg> planned = provider.get().plan(config, elsewhere).args();
      boolean sameCount = filledIn.size() == planned.size();
      findings.check(
          sameCount, "%s: the number of arguments depends on addresses", config.kernel().id());
      for (int i = 0; sameCount && i < planned.size(); i++) {
        findings.check(
            filledIn.get(i).equals(planned.get(i)),
            "%s: argument %d depends on an address and does not say whose it is: %s with the addresses"
                + " filled in, %s planned anew",
            config.kernel().id(),
            i,
            filledIn.get(i),
            planned.get(i));
      }
    }
  }
}
