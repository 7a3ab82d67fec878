package dev.deepgemm.testkit.conformance;

import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.testkit.conformance.checks.RuleChecks;
import dev.deepgemm.testkit.conformance.checks.Subject;
import dev.deepgemm.testkit.conformance.run.EmulatorRunner;
import dev.deepgemm.testkit.conformance.run.KernelAssembler;
import dev.deepgemm.testkit.conformance.run.KernelRunner;
import dev.deepgemm.testkit.conformance.spec.Capabilities;
import dev.deepgemm.testkit.conformance.spec.Outcome;
import dev.deepgemm.testkit.conformance.spec.Rule;
import dev.deepgemm.testkit.conformance.spec.RuleResult;
import dev.deepgemm.testkit.conformance.spec.Tier;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks an architecture plugin against every {@link Rule}.
 *
 * <pre>{@code
 * ConformanceReport report =
 *     Conformance.of(MySpec::new)
 *         .capabilities(Capabilities.only(KERNELS, BF16_TO_BF16, MINIMIZE_SMS_SWITCH))
 *         .run();
 * }</pre>
 *
 * <p>Rules are checked in the order of their numbers, one at a time; a rule of the last tier is
 * checked once per runner. Nothing throws because a plugin is wrong: that is what the report is
 * for.
 */
public final class Conformance {
  private final Subject subject;
  private final RuleChecks checks;
  private final List<KernelRunner> runners;
  private final Set<Tier> tiers;
  private final ConformanceReport.Environment environment;

  private Conformance(Builder builder) {
    this.subject = new Subject(builder.source, builder.capabilities);
    KernelAssembler assembler = builder.assembler == null ? found() : builder.assembler;
    this.checks = new RuleChecks(subject, assembler, builder.kernelsToAssemble);
    this.runners = List.copyOf(builder.runners);
    this.tiers = builder.tiers;
    this.environment =
        ConformanceReport.Environment.of(
            subject.arch(), subject.capabilities(), assembler, runners);
  }

  /** The registered assembler, or {@code ptxas}. */
  private static KernelAssembler found() {
    return ServiceLoader.load(KernelAssembler.class).findFirst().orElseGet(KernelAssembler::ptxas);
  }

  /** Starts with a plugin; the supplier makes a new instance each time. */
  public static Builder of(Supplier<? extends ArchSpec> plugin) {
    return new Builder(plugin::get);
  }

  /**
   * A new instance of a plugin that is only known as an object: by its public constructor.
   *
   * @return the same instance where it has none
   */
  public static ArchSpec newInstance(ArchSpec plugin) {
    try {
      return plugin.getClass().getConstructor().newInstance();
    } catch (NoSuchMethodException
        | InstantiationException
        | IllegalAccessException
        | InvocationTargetException e) {
      return plugin;
    }
  }

  /** A rule and where it is checked: on the host, with the assembler, or on a runner. */
  record Step(Rule rule, @Nullable KernelRunner runner) {
    @Override
    public String toString() {
      return rule.id() + (runner == null ? "" : " [" + runner.id() + "]") + " " + rule.text();
    }
  }

  /** Everything that {@link #run} does, in order. */
  List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    for (Rule rule : Rule.values()) {
      if (rule.tier() != Tier.NUMERICS) {
        steps.add(new Step(rule, null));
      }
    }
    for (KernelRunner runner : runners) {
      for (Rule rule : Rule.values()) {
        if (rule.tier() == Tier.NUMERICS) {
          steps.add(new Step(rule, runner));
        }
      }
    }
    return steps;
  }

  RuleResult check(Step step) {
    Rule rule = step.rule();
    if (!tiers.contains(rule.tier())) {
      List<String> why = List.of("the tier " + rule.tier() + " was not asked for");
      return new RuleResult(rule, "nowhere", Outcome.SKIPPED, 0, why, 0);
    }
    if (step.runner() != null) {
      return checks.runner(rule, step.runner());
    }
    return rule.tier() == Tier.COMPILE ? checks.assembler(rule) : checks.host(rule);
  }

  ConformanceReport report(List<RuleResult> results) {
    return new ConformanceReport(subject.arch().id(), environment, results);
  }

  private ConformanceReport run(Consumer<RuleResult> listener) {
    List<RuleResult> results = new ArrayList<>();
    for (Step step : steps()) {
      RuleResult result = check(step);
      listener.accept(result);
      results.add(result);
    }
    return report(results);
  }

  /** What to check, and with what. */
  public static final class Builder {
    private final Supplier<ArchSpec> source;
    private final List<KernelRunner> runners = new ArrayList<>();
    private Capabilities capabilities = Capabilities.all();
    private @Nullable KernelAssembler assembler;
    private Set<Tier> tiers = EnumSet.allOf(Tier.class);
    private int kernelsToAssemble = Integer.MAX_VALUE;

    private Builder(Supplier<ArchSpec> source) {
      this.source = source;
      this.runners.add(new EmulatorRunner());
    }

    /** What the plugin declares that it can do; everything, where nobody says. */
    public Builder capabilities(Capabilities declared) {
      capabilities = declared;
      return this;
    }

    /** Assembles with this instead of what is found. */
    public Builder assembler(KernelAssembler instead) {
      assembler = instead;
      return this;
    }

    /** Runs the third tier on this as well. */
    public Builder runner(KernelRunner device) {
      runners.add(device);
      return this;
    }

    /** Checks these tiers alone; the rules of the others are reported as skipped. */
    public Builder tiers(Set<Tier> only) {
      tiers = Set.copyOf(only);
      return this;
    }

    /** Assembles some kernels instead of all: quicker, and the tier no longer counts as passed. */
    public Builder assembleAtMost(int kernels) {
      kernelsToAssemble = kernels;
      return this;
    }

    /** Checks all rules. */
    public ConformanceReport run() {
      return run(result -> {});
    }

    /** Checks all rules and tells of each as it is done. */
    public ConformanceReport run(Consumer<RuleResult> listener) {
      return build().run(listener);
    }

    Conformance build() {
      return new Conformance(this);
    }
  }

  /** Names and versions of what a report depends on, sorted by name. */
  static TreeMap<String, String> facts() {
    TreeMap<String, String> facts = new TreeMap<>();
    String version = Conformance.class.getPackage().getImplementationVersion();
    facts.put("kit", version == null ? "development" : version);
    facts.put("java", Runtime.version().toString());
    facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    facts.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
    return facts;
  }
}
