package dev.deepgemm.cli;

import dev.deepgemm.api.DeepGemmException;
import dev.deepgemm.jit.CudaException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks products and times them, in turn with the peers.
 *
 * <p>The order within a product is ours, peers, ours, peers, ...: whatever drifts, such as temperature and
 * with it the clock, hits both alike.
 */
final class BenchRunner {
  private final BenchSubject.Source source;
  private final @Nullable PeerProcess peer;
  private final int rounds;
  private final int replays;

  /**
   * @param rounds turns of each side; 0 checks and times nothing
   * @param replays replays in a turn
   */
  BenchRunner(BenchSubject.Source source, @Nullable PeerProcess peer, int rounds, int replays) {
    this.source = source;
    this.peer = peer;
    this.rounds = rounds;
    this.replays = replays;
  }

  /**
   * Runs all products; each result is handed over as soon as it is known. A product that fails does not
   * stop the others, unless the device is lost.
   */
  void run(List<BenchCase> products, Consumer<BenchResult> results) {
    for (BenchCase one : products) {
      BenchResult.Builder result = new BenchResult.Builder(one);
      try (BenchSubject subject = source.open(one)) {
        measure(one, subject, result);
      } catch (CudaException e) {
        result.problem(SweepRunner.message(e));
        results.accept(result.build());
        throw e;
      } catch (DeepGemmException e) {
        result.problem(SweepRunner.message(e));
      }
      results.accept(result.build());
    }
  }

  private void measure(BenchCase one, BenchSubject subject, BenchResult.Builder result) {
    result.measured(
        new BenchResult.Measured(
            subject.config(),
            subject.prepared(),
            subject.error(),
            subject.tolerance(),
            subject.sets(),
            subject.launches()));
    for (int round = 0; round < rounds; round++) {
      result.ours(subject.time(replays));
      if (peer != null && !one.kind().peers().isEmpty()) {
        peer.time(one, subject.sets(), subject.launches(), replays).forEach(result::peer);
      }
    }
    result.problems(subject.problems());
  }
}
