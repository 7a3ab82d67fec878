package dev.deepgemm.testkit.conformance;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.testkit.conformance.spec.Capability;
import dev.deepgemm.testkit.conformance.spec.Rule;
import dev.deepgemm.testkit.wrappers.ForwardingArchSpec;
import dev.deepgemm.testkit.wrappers.ForwardingKernelProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A plugin that is broken on purpose, and the rule that has to notice.
 *
 * @param name what is wrong
 * @param breaks the rule
 * @param symptom what the finding has to say, so that a mutant is not caught by accident
 * @param plugin the plugin
 * @param capability what the kernels are run with, for the last tier
 */
record Mutant(
    String name, Rule breaks, String symptom, Supplier<ArchSpec> plugin, Capability capability) {

  static Mutant of(String name, Rule breaks, String symptom, Supplier<ArchSpec> plugin) {
    return new Mutant(name, breaks, symptom, plugin, Capability.BF16_TO_BF16);
  }

  /** SM90 with other kernels. */
  static Supplier<ArchSpec> kernels(UnaryOperator<KernelProvider> change) {
    return () ->
        new ForwardingArchSpec(new Sm90Spec()) {
          private final Optional<KernelProvider> kernels = inner().kernels().map(change);

          @Override
          public Optional<KernelProvider> kernels() {
            return kernels;
          }
        };
  }

  /** SM90 whose modules are changed after they were emitted. */
  static Supplier<ArchSpec> module(Function<PtxModule, PtxModule> change) {
    return kernels(
        inner ->
            new ForwardingKernelProvider(inner) {
              @Override
              public PtxModule emit(KernelSpec spec) {
                return change.apply(super.emit(spec));
              }
            });
  }

  /** SM90 whose PTX is changed; what lacks the pattern stays as it is. */
  static Supplier<ArchSpec> text(String pattern, Function<Matcher, String> replacement) {
    return module(
        module -> {
          Matcher matcher = Pattern.compile(pattern).matcher(module.text());
          String text = matcher.replaceAll(m -> replacement.apply(matcher));
          return withText(module, text);
        });
  }

  static PtxModule withText(PtxModule module, String text) {
    return module.toBuilder().text(text).build();
  }

  /** SM90 whose launches are changed. */
  static Supplier<ArchSpec> plan(BiFunction<GemmConfig, LaunchPlan, LaunchPlan> change) {
    return kernels(
        inner ->
            new ForwardingKernelProvider(inner) {
              @Override
              public LaunchPlan plan(GemmConfig config, GemmOperands operands) {
                return change.apply(config, super.plan(config, operands));
              }
            });
  }

  /** SM90 whose launch arguments are changed. */
  static Supplier<ArchSpec> args(UnaryOperator<List<KernelArg>> change) {
    return plan(
        (config, plan) ->
            new LaunchPlan(
                plan.grid(),
                plan.threads(),
                plan.cluster(),
                plan.smemBytes(),
                change.apply(new ArrayList<>(plan.args()))));
  }

  /** SM90 one of whose tensor maps is changed. */
  static Supplier<ArchSpec> map(int index, UnaryOperator<TensorMap> change) {
    return args(
        args -> {
          KernelArg.Map arg = (KernelArg.Map) args.get(index);
          args.set(index, new KernelArg.Map(change.apply(arg.map()), arg.origin()));
          return args;
        });
  }
}
