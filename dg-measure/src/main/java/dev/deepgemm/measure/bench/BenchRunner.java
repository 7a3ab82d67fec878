package dev.deepgemm.measure.bench;

import dev.deepgemm.api.DeepGemmException;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.measure.Failures;
import dev.deepgemm.measure.bench.BenchSubject.Trial;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks products and times each side of them, in turn with the others and with the peers.
 *
 * <p>The order within a product is side 1, side 2, ..., peers, and again: whatever drifts, such as
 * temperature and with it the clock, hits all alike. Sides move up by one place from round to round, so
 * that none is always the one that runs behind the peers. Sides that launch the same thing share one
 * trial: timing it twice would only show how much two measurements differ.
 */
public final class BenchRunner {
  private final BenchSubject.Source source;
  private final List<BenchSide> sides;
  private final @Nullable PeerProcess peer;
  private final int rounds;
  private final int replays;

  /**
   * @param rounds turns of each side; 0 checks and times nothing
   * @param replays replays in a turn
   */
  public BenchRunner(
      BenchSubject.Source source,
      List<BenchSide> sides,
      @Nullable PeerProcess peer,
      int rounds,
      int replays) {
    this.source = source;
    this.sides = List.copyOf(sides);
    this.peer = peer;
    this.rounds = rounds;
    this.replays = replays;
  }

  /**
   * Runs all products; the results of one, in the order of the sides, are handed over as soon as they
   * are known. A product or a side that fails does not stop the others, unless the device is lost.
   */
  public void run(List<BenchCase> products, Consumer<List<BenchResult>> results) {
    for (BenchCase one : products) {
      OneProduct product = new OneProduct(one);
      try (BenchSubject subject = source.open(one)) {
        product.measure(subject);
      } catch (CudaException e) {
        product.fail(e);
        results.accept(product.results());
        throw e;
      } catch (DeepGemmException e) {
        product.fail(e);
      }
      results.accept(product.results());
    }
  }

  /** What a side launches; those that agree in it are the same. */
  private record Launch(GemmConfig config, boolean constantWeights) {}

  /** A launch that takes part, and whose results it makes. */
  private record Contender(Trial trial, List<BenchResult.Builder> results) {}

  /** The state of one product's measurement. */
  private final class OneProduct {
    private final BenchCase one;
    private final Map<BenchSide, BenchResult.Builder> results = new LinkedHashMap<>();

    OneProduct(BenchCase one) {
      this.one = one;
      sides.forEach(side -> results.put(side, new BenchResult.Builder(one, side)));
    }

    List<BenchResult> results() {
      return results.values().stream().map(BenchResult.Builder::build).toList();
    }

    void fail(DeepGemmException e) {
      fail(results.values(), e);
    }

    private void fail(Collection<BenchResult.Builder> concerned, DeepGemmException e) {
      concerned.forEach(result -> result.problem(Failures.message(e)));
    }

    public void measure(BenchSubject subject) {
      List<Contender> contenders = open(subject);
      for (int round = 0; round < rounds && !contenders.isEmpty(); round++) {
        List<Contender> order = new ArrayList<>(contenders);
        Collections.rotate(order, -round);
        for (Contender contender : order) {
          boolean timed =
              attempt(
                  contender.results,
                  () -> {
                    double[] micros = contender.trial.time(replays);
                    contender.results.forEach(result -> result.ours(micros));
                  });
          if (!timed) {
            contenders.remove(contender);
          }
        }
        askPeers(subject);
      }
      for (Contender contender : contenders) {
        attempt(
            contender.results,
            () -> {
              List<String> problems = contender.trial.problems();
              contender.results.forEach(result -> result.problems(problems));
            });
      }
    }

    /** Every launch that there is, checked, in the order of the sides. */
    private List<Contender> open(BenchSubject subject) {
      Map<Launch, List<BenchResult.Builder>> launches = new LinkedHashMap<>();
      results.forEach(
          (side, result) ->
              attempt(
                  List.of(result),
                  () -> {
                    GemmConfig config = subject.config(side.policy());
                    launches
                        .computeIfAbsent(
                            new Launch(config, side.constantWeights()), key -> new ArrayList<>())
                        .add(result);
                  }));
      List<Contender> contenders = new ArrayList<>();
      launches.forEach(
          (launch, concerned) ->
              attempt(
                  concerned,
                  () -> {
                    Trial trial = subject.open(launch.config, launch.constantWeights);
                    BenchResult.Measured measured =
                        new BenchResult.Measured(
                            launch.config,
                            trial.prepared(),
                            trial.error(),
                            subject.tolerance(),
                            subject.sets(),
                            subject.launches());
                    concerned.forEach(result -> result.measured(measured));
                    contenders.add(new Contender(trial, concerned));
                  }));
      return contenders;
    }

    private void askPeers(BenchSubject subject) {
      if (peer != null && !one.kind().peers().isEmpty()) {
        Map<String, PeerProcess.Answer> answers =
            peer.time(one, subject.sets(), subject.launches(), replays);
        results.values().forEach(result -> answers.forEach(result::peer));
      }
    }

    /** Whether work for some sides did not fail; the others go on, unless the device is lost. */
    private boolean attempt(List<BenchResult.Builder> concerned, Runnable work) {
      try {
        work.run();
        return true;
      } catch (CudaException e) {
        throw e;
      } catch (DeepGemmException e) {
        fail(concerned, e);
        return false;
      }
    }
  }
}
