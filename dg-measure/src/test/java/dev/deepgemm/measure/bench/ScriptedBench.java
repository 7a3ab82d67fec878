package dev.deepgemm.measure.bench;

import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.measure.machine.Machine;
import dev.deepgemm.reference.GemmError;
import dev.deepgemm.reference.Tolerance;
import dev.deepgemm.sm90.Sm90Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Subjects without a device, whose times are scripted: 10 us for classic, 8 for tuned, 2 less with constant
 * weights. Whatever is asked of them is written down.
 */
class ScriptedBench {
  private static final int TUNED_SMS = 100;
  static final BenchSide CLASSIC = new BenchSide(Heuristics.CLASSIC, false);
  static final BenchSide TUNED = new BenchSide(Heuristics.TUNED, false);
  static final BenchSide CLASSIC_CONSTANT = new BenchSide(Heuristics.CLASSIC, true);
  static final BenchSide TUNED_CONSTANT = new BenchSide(Heuristics.TUNED, true);
  static final List<BenchSide> ALL_SIDES =
      List.of(CLASSIC, TUNED, CLASSIC_CONSTANT, TUNED_CONSTANT);
  static final Ceilings CEILINGS = Ceilings.of(4e12);

  static final BenchCase SMALL = new BenchCase(BenchKind.FP8, new BenchShape(64, 4096, 7168));
  static final BenchCase LARGE = new BenchCase(BenchKind.FP8, new BenchShape(4096, 4096, 7168));

  /** Products for which both policies choose the same. */
  final Set<BenchCase> sameConfig = new HashSet<>();

  private final List<String> calls;

  ScriptedBench() {
    this(new ArrayList<>());
  }

  ScriptedBench(List<String> calls) {
    this.calls = calls;
  }

  double micros(BenchCase one, Heuristics policy, boolean constantWeights) {
    return (policy == Heuristics.CLASSIC ? 10 : 8) - (constantWeights ? 2 : 0);
  }

  List<String> problems(String trial) {
    return List.of();
  }

  void before(String call) {}

  private void call(String call) {
    calls.add(call);
    before(call);
  }

  BenchSubject open(BenchCase one) {
    call("open " + one);
    return new BenchSubject() {
      @Override
      public GemmConfig config(Heuristics policy) {
        call("choose " + policy);
        boolean tuned = policy == Heuristics.TUNED && !sameConfig.contains(one);
        return ConfigSelector.create(Options.defaults())
            .select(new Sm90Spec(), one.desc().withSmLimit(tuned ? TUNED_SMS : 132));
      }

      @Override
      public Trial open(GemmConfig config, boolean constantWeights) {
        Heuristics policy =
            config.desc().smLimit() == TUNED_SMS ? Heuristics.TUNED : Heuristics.CLASSIC;
        String name = new BenchSide(policy, constantWeights).name();
        call("check " + name);
        return trial(name, micros(one, policy, constantWeights));
      }

      @Override
      public Tolerance tolerance() {
        return Tolerance.of(one.desc());
      }

      @Override
      public int sets() {
        return 4;
      }

      @Override
      public int launches() {
        return 20;
      }

      @Override
      public void close() {
        call("close");
      }
    };
  }

  private BenchSubject.Trial trial(String name, double micros) {
    return new BenchSubject.Trial() {
      @Override
      public Machine.Prepared prepared() {
        return new Machine.Prepared("disk", 1, 2, 3, "ptxas 13", Optional.empty());
      }

      @Override
      public GemmError error() {
        return new GemmError(1, 250_000, 0.5, 1, 2);
      }

      @Override
      public double[] time(int replays) {
        call("time " + name + " " + replays);
        return new double[] {micros, micros - 1, micros + 2};
      }

      @Override
      public List<String> problems() {
        call("look at " + name);
        return ScriptedBench.this.problems(name);
      }
    };
  }

  /** The results of a run, three replays a turn. */
  List<BenchResult> run(
      List<BenchSide> sides, @Nullable PeerProcess peer, int rounds, List<BenchCase> products) {
    List<BenchResult> results = new ArrayList<>();
    new BenchRunner(this::open, sides, peer, rounds, 3).run(products, results::addAll);
    return results;
  }

  /** A peer that takes 20 us. */
  static PeerProcess peer(Path folder) throws IOException {
    Path script = folder.resolve("peer.sh");
    Files.writeString(
        script,
        "echo '{\"peer\": \"shell\"}'\n"
            + "while read ask; do echo '{\"results\": {\"cublaslt_fp8_block_scaled\":"
            + " {\"micros\": [20, 21, 19]}}}'; done\n");
    return PeerProcess.start("sh " + script, Duration.ofSeconds(20));
  }
}
