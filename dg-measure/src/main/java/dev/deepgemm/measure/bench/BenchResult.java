package dev.deepgemm.measure.bench;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.measure.Percentiles;
import dev.deepgemm.measure.machine.Machine;
import dev.deepgemm.reference.GemmError;
import dev.deepgemm.reference.Tolerance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one product on one side after it was checked and timed.
 *
 * @param side which of ours
 * @param measured null if there is nothing but problems
 * @param micros times of one of our launches, over all rounds; empty if none was timed
 * @param peers times of one launch of each peer, over all rounds, and what it had to say
 * @param fromMillis when it began
 * @param toMillis when it ended
 * @param problems what is wrong; empty if nothing is
 */
public record BenchResult(
    BenchCase product,
    BenchSide side,
    @Nullable Measured measured,
    List<Double> micros,
    Map<String, Peer> peers,
    long fromMillis,
    long toMillis,
    List<String> problems) {

  /** What a launch was and how right it is. */
  public record Measured(
      GemmConfig config,
      Machine.Prepared prepared,
      GemmError error,
      Tolerance tolerance,
      int sets,
      int launches) {}

  /** A peer's times, and a note on them. */
  public record Peer(List<Double> micros, @Nullable String note) {
    public Peer {
      micros = List.copyOf(micros);
    }

    public OptionalDouble median() {
      return BenchResult.median(micros);
    }
  }

  public BenchResult {
    micros = List.copyOf(micros);
    peers = new LinkedHashMap<>(peers);
    problems = List.copyOf(problems);
  }

  public boolean passed() {
    return problems.isEmpty();
  }

  /** Our time of one launch. */
  public OptionalDouble median() {
    return median(micros);
  }

  /** A peer's time over ours: above 1 we are faster. */
  public OptionalDouble speedup(String peer) {
    Peer other = peers.get(peer);
    if (other == null || other.micros.isEmpty() || micros.isEmpty()) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(other.median().getAsDouble() / median().getAsDouble());
  }

  private static OptionalDouble median(List<Double> values) {
    return values.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(Percentiles.of(values).median());
  }

  /** Collects a result while it is made. */
  static final class Builder {
    private final BenchCase product;
    private final BenchSide side;
    private final long fromMillis = System.currentTimeMillis();
    private final List<Double> micros = new ArrayList<>();
    private final Map<String, List<Double>> peerMicros = new LinkedHashMap<>();
    private final Map<String, String> peerNotes = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();
    private @Nullable Measured measured;

    Builder(BenchCase product, BenchSide side) {
      this.product = product;
      this.side = side;
    }

    public void measured(Measured value) {
      measured = value;
    }

    void ours(double[] more) {
      Arrays.stream(more).forEach(micros::add);
    }

    public void peer(String name, PeerProcess.Answer answer) {
      List<Double> all = peerMicros.computeIfAbsent(name, key -> new ArrayList<>());
      Arrays.stream(answer.micros()).forEach(all::add);
      if (answer.note() != null) {
        peerNotes.put(name, answer.note());
      }
    }

    public void problem(String text) {
      problems.add(text);
    }

    public void problems(List<String> texts) {
      problems.addAll(texts);
    }

    BenchResult build() {
      Map<String, Peer> peers = new LinkedHashMap<>();
      peerMicros.forEach((name, times) -> peers.put(name, new Peer(times, peerNotes.get(name))));
      return new BenchResult(
          product, side, measured, micros, peers, fromMillis, System.currentTimeMillis(), problems);
    }
  }
}
