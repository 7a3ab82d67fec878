package dev.deepgemm.testkit.conformance;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.sm100.Sm100Spec;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.testkit.conformance.spec.Rule;
import dev.deepgemm.testkit.wrappers.ForwardingArchSpec;
import dev.deepgemm.testkit.wrappers.ForwardingKernelProvider;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Plugins whose answers are wrong. */
final class SpecMutants {
  private SpecMutants() {}

  private static class Base extends ForwardingArchSpec {
    Base() {
      super(new Sm90Spec());
    }
  }

  static List<Mutant> all() {
    List<Mutant> mutants = new ArrayList<>(facts());
    mutants.addAll(contracts());
    mutants.addAll(kernels());
    return mutants;
  }

  private static List<Mutant> facts() {
    return List.of(
        Mutant.of(
            "target of another architecture", Rule.S_01, "stands for 10.0", TargetOfAnother::new),
        Mutant.of("runs on anything", Rule.S_02, "runsOn(", RunsOnAnything::new),
        Mutant.of("not registered for ServiceLoader", Rule.S_03, "not registered", Base::new),
        Mutant.of("candidates in another order each time", Rule.S_04, "became", Shuffles::new),
        Mutant.of("capacity over budget by one stage", Rule.S_05, "265,216", TooMuchMemory::new),
        Mutant.of("a candidate twice", Rule.S_06, "[64, 128, 64]", Twice::new),
        Mutant.of(
            "shared memory of a stage holds A alone",
            Rule.S_07,
            "A needs",
            () -> new Forgets("tile of B")),
        Mutant.of("threads that are no whole warps", Rule.S_08, "whole warps", OddThreads::new),
        Mutant.of("pairs on an odd number of SMs", Rule.S_09, "on 1 SMs", OddPairs::new),
        Mutant.of("a refusal without a reason", Rule.S_10, "reason \"\"", Silent::new));
  }

  private static List<Mutant> contracts() {
    return List.of(
        Mutant.of("switch ignored", Rule.S_11, "=\"0\"", IgnoresSwitch::new),
        Mutant.of(
            "environment beats code",
            Rule.S_12,
            "property 1 against environment 0",
            WrongPrecedence::new),
        Mutant.of(
            "switch changes the kernel",
            Rule.S_13,
            "minimising changes the kernel",
            SwitchChangesKernel::new),
        Mutant.of(
            "candidates depend on the SM count",
            Rule.S_14,
            "depend on the SM limit",
            SmsInCandidates::new),
        Mutant.of("n in the size of a stage", Rule.S_14, "a stage of tile", NInStages::new));
  }

  private static List<Mutant> kernels() {
    return List.of(
        Mutant.of(
            "another architecture's configuration rules",
            Rule.S_15,
            "canEmit() refuses",
            WrongRules::new),
        Mutant.of(
            "shared memory forgets D: over budget by a stage",
            Rule.S_15,
            "bytes of shared memory",
            () -> new Forgets("staged output")),
        Mutant.of("non-deterministic emission", Rule.S_16, "again:", counting()),
        Mutant.of(
            "remembers the SM count of the last launch",
            Rule.S_16,
            "after other problems:",
            remembering()),
        Mutant.of(
            "one name for all kernels",
            Rule.S_17,
            "two kernels are called gemm",
            Mutant.module(SpecMutants::renamed)),
        Mutant.of(
            "takes what it was not asked to declare", Rule.S_18, "supports() says yes", greedy()),
        Mutant.of(
            "emits kernels of other architectures",
            Rule.S_19,
            "canEmit() accepts other_gemm",
            careless()),
        Mutant.of("checks no operands", Rule.S_20, "finds nothing wrong with A", unchecked()),
        Mutant.of(
            "always launches on all SMs",
            Rule.S_21,
            "a grid of 132 CTAs",
            Mutant.plan((config, plan) -> with(plan, 132, plan.smemBytes()))),
        Mutant.of(
            "launched with one stage of shared memory too few",
            Rule.S_21,
            "bytes of shared memory",
            Mutant.plan(
                (config, plan) ->
                    with(plan, plan.grid(), plan.smemBytes() - config.smem().perStage()))),
        Mutant.of(
            "arguments in another order",
            Rule.S_21,
            "the plan passes",
            Mutant.args(
                args -> {
                  Collections.swap(args, 2, 3);
                  return args;
                })),
        Mutant.of("takes no operands of a single row", Rule.S_22, "one row", refusesOneRow()),
        Mutant.of(
            "keeps the address of the first call",
            Rule.S_23,
            "does not say whose it is",
            Mutant.args(
                args -> {
                  args.set(0, new KernelArg.Map(((KernelArg.Map) args.get(0)).map()));
                  return args;
                })),
        Mutant.of(
            "tries a tile that no list of kernels has",
            Rule.S_24,
            "candidates for block_m",
            UnlistedCandidate::new));
  }

  private static LaunchPlan with(LaunchPlan plan, int grid, int smem) {
    return new LaunchPlan(grid, plan.threads(), plan.cluster(), smem, plan.args());
  }

  private static PtxModule renamed(PtxModule module) {
    return module.toBuilder()
        .text(module.text().replace(module.entry(), "gemm"))
        .entry("gemm")
        .build();
  }

  private static Supplier<ArchSpec> counting() {
    AtomicInteger count = new AtomicInteger();
    return Mutant.module(
        module ->
            Mutant.withText(
                module,
                module.text().replaceFirst("//.*", "// kernel no. " + count.incrementAndGet())));
  }

  private static Supplier<ArchSpec> remembering() {
    return Mutant.kernels(
        inner ->
            new ForwardingKernelProvider(inner) {
              private int sms;

              @Override
              public LaunchPlan plan(GemmConfig config, GemmOperands operands) {
                sms = config.numSms();
                return super.plan(config, operands);
              }

              @Override
              public PtxModule emit(KernelSpec spec) {
                PtxModule module = super.emit(spec);
                return Mutant.withText(
                    module, module.text().replaceFirst("//.*", "// for " + sms + " SMs"));
              }
            });
  }

  private static Supplier<ArchSpec> greedy() {
    return Mutant.kernels(
        inner ->
            new ForwardingKernelProvider(inner) {
              @Override
              public Legality supports(Signature signature) {
                return Legality.legal();
              }
            });
  }

  private static Supplier<ArchSpec> careless() {
    return Mutant.kernels(
        inner ->
            new ForwardingKernelProvider(inner) {
              @Override
              public Legality canEmit(KernelSpec spec) {
                return super.canEmit(own(spec));
              }

              @Override
              public PtxModule emit(KernelSpec spec) {
                return super.emit(own(spec));
              }

              private KernelSpec own(KernelSpec spec) {
                return new KernelSpec("sm90", spec.signature(), spec.schedule());
              }
            });
  }

  private static Supplier<ArchSpec> unchecked() {
    return Mutant.kernels(
        inner ->
            new ForwardingKernelProvider(inner) {
              @Override
              public List<Problem> check(GemmDesc desc, GemmOperands operands) {
                return List.of();
              }
            });
  }

  private static Supplier<ArchSpec> refusesOneRow() {
    return Mutant.kernels(
        inner ->
            new ForwardingKernelProvider(inner) {
              @Override
              public List<Problem> check(GemmDesc desc, GemmOperands operands) {
                return desc.m() == 1
                    ? List.of(Problem.of("DG-ARG-99", "one row"))
                    : super.check(desc, operands);
              }
            });
  }

  private static final class TargetOfAnother extends Base {
    @Override
    public String target() {
      return "sm_100a";
    }
  }

  private static final class RunsOnAnything extends Base {
    @Override
    public boolean runsOn(ComputeCapability device) {
      return true;
    }
  }

  private static final class Shuffles extends Base {
    private int calls;

    @Override
    public List<Integer> blockNs(Signature signature) {
      List<Integer> values = new ArrayList<>(super.blockNs(signature));
      Collections.rotate(values, calls++);
      return values;
    }
  }

  private static final class TooMuchMemory extends Base {
    @Override
    public int smemCapacity() {
      return super.smemCapacity() + 32 * 1024;
    }
  }

  private static final class Twice extends Base {
    @Override
    public List<Integer> blockMs(Signature signature) {
      return List.of(64, 128, 64);
    }
  }

  /** Shared memory with a part left out. */
  private static class Forgets extends Base {
    private final String part;

    Forgets(String part) {
      this.part = part;
    }

    @Override
    public SmemUsage smem(
        GemmDesc desc, Tile tile, Multicast multicast, Team team, Swizzles swizzles) {
      SmemUsage usage = super.smem(desc, tile, multicast, team, swizzles);
      if (usage.bytes(part) == 0) {
        throw new IllegalStateException("no " + part + " in " + usage);
      }
      SmemUsage.Builder parts = SmemUsage.builder();
      for (SmemUsage.Part one : usage.parts()) {
        if (!one.name().equals(part)) {
          add(parts, one);
        }
      }
      return parts.build();
    }
  }

  private static void add(SmemUsage.Builder parts, SmemUsage.Part part) {
    if (part.perStage()) {
      parts.perStage(part.name(), part.bytes());
    } else {
      parts.fixed(part.name(), part.bytes());
    }
  }

  private static final class OddThreads extends Base {
    @Override
    public ThreadRoles threads(Signature signature, Tile tile) {
      return ThreadRoles.of(ThreadRoles.TMA, 1, ThreadRoles.MATH, 256);
    }

    @Override
    public List<Team> teams(Signature signature, Tile tile) {
      return List.of(Team.of(threads(signature, tile)));
    }
  }

  private static final class OddPairs extends Base {
    @Override
    public Legality multicast(GemmDesc desc, Tile tile, Multicast side, int numSms) {
      return Legality.legal();
    }
  }

  private static final class Silent extends Base {
    @Override
    public Legality stages(Signature signature, Tile tile, int stages) {
      return stages > 4 ? Legality.illegal("") : super.stages(signature, tile, stages);
    }
  }

  private static final class IgnoresSwitch extends Base {
    @Override
    public boolean shouldMinimizeNumSms(Options options) {
      return true;
    }
  }

  private static final class WrongPrecedence extends Base {
    @Override
    public boolean shouldMinimizeNumSms(Options options) {
      String variable = options.foreign(Options.MINIMIZE_NUM_SMS.env());
      return variable == null
          ? options.get(Options.MINIMIZE_NUM_SMS)
          : Options.of(Map.of(), Map.of(Options.MINIMIZE_NUM_SMS.env(), variable))
              .get(Options.MINIMIZE_NUM_SMS);
    }
  }

  private static final class SwitchChangesKernel extends Base {
    private boolean minimizes;

    @Override
    public boolean shouldMinimizeNumSms(Options options) {
      minimizes = super.shouldMinimizeNumSms(options);
      return minimizes;
    }

    @Override
    public Legality stages(Signature signature, Tile tile, int stages) {
      return minimizes && stages > 2
          ? Legality.illegal("%d stages on few SMs", stages)
          : super.stages(signature, tile, stages);
    }
  }

  private static final class SmsInCandidates extends Base {
    @Override
    public List<Integer> candidateMs(GemmDesc desc) {
      return desc.smLimit() < 78 ? List.of(64) : super.candidateMs(desc);
    }
  }

  private static final class NInStages extends Base {
    @Override
    public SmemUsage smem(
        GemmDesc desc, Tile tile, Multicast multicast, Team team, Swizzles swizzles) {
      SmemUsage.Builder parts = SmemUsage.builder();
      super.smem(desc, tile, multicast, team, swizzles).parts().forEach(part -> add(parts, part));
      return parts.perStage("bias", desc.n() > 4096 ? 256 : 0).build();
    }
  }

  private static final class UnlistedCandidate extends Base {
    @Override
    public List<Integer> candidateMs(GemmDesc desc) {
      List<Integer> values = new ArrayList<>(super.candidateMs(desc));
      values.add(96);
      return values;
    }
  }

  /** What DeepGEMM shipped once: the rules of SM100 where those of SM90 were meant. */
  private static final class WrongRules extends ForwardingArchSpec {
    WrongRules() {
      super(new Sm100Spec());
    }

    @Override
    public String id() {
      return "sm90";
    }

    @Override
    public String target() {
      return "sm_90a";
    }

    @Override
    public Optional<KernelProvider> kernels() {
      return new Sm90Spec().kernels();
    }
  }
}
