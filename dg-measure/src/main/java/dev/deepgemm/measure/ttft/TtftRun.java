package dev.deepgemm.measure.ttft;

import dev.deepgemm.measure.Percentiles;
import dev.deepgemm.measure.ttft.TtftCall.Origin;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * One replay of a trace in a process of its own.
 *
 * @param minimize value of {@code DG_MINIMIZE_NUM_SMS}
 * @param cache what the process found
 * @param calls in order; the first includes what a fresh process does once
 * @param again the same calls once more, with everything loaded
 */
public record TtftRun(String minimize, Cache cache, List<TtftCall> calls, List<TtftCall> again) {
  public TtftRun {
    calls = List.copyOf(calls);
    again = List.copyOf(again);
  }

  /** What a process finds when it starts. */
  public enum Cache {
    /** Nothing. */
    COLD,
    /** A cache folder that was warmed up. */
    WARM,
    /** A kernel pack on the class path, no cache folder, and compiling is forbidden. */
    PACK;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public String title() {
    return cache + ", switch " + minimize;
  }

  public long compiles() {
    return calls.stream().filter(call -> call.origin() == Origin.COMPILED).count();
  }

  /** Kernels that were there and had to be loaded. */
  public long loads() {
    return calls.stream()
        .filter(call -> call.origin() == Origin.DISK || call.origin() == Origin.PACK)
        .count();
  }

  public long stalls() {
    return calls.stream().filter(TtftCall::isStall).count();
  }

  /** Latencies of the calls that met a kernel for the first time. */
  public Percentiles first() {
    return micros(calls, TtftCall::isFirst);
  }

  /** Latencies of all calls. */
  public Percentiles all() {
    return micros(calls, call -> true);
  }

  /** Latencies of the second time round. */
  public Percentiles steady() {
    return micros(again, call -> true);
  }

  private static Percentiles micros(List<TtftCall> calls, Predicate<TtftCall> which) {
    return Percentiles.of(calls.stream().filter(which).map(TtftCall::micros).toList());
  }
}
