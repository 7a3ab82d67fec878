package dev.deepgemm.cli;

import dev.deepgemm.cli.TtftCall.Origin;
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
record TtftRun(String minimize, Cache cache, List<TtftCall> calls, List<TtftCall> again) {
  TtftRun {
    calls = List.copyOf(calls);
    again = List.copyOf(again);
  }

  /** What a process finds when it starts. */
  enum Cache {
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

  String title() {
    return cache + ", switch " + minimize;
  }

  long compiles() {
    return calls.stream().filter(call -> call.origin() == Origin.COMPILED).count();
  }

  /** Kernels that were there and had to be loaded. */
  long loads() {
    return calls.stream()
        .filter(call -> call.origin() == Origin.DISK || call.origin() == Origin.PACK)
        .count();
  }

  long stalls() {
    return calls.stream().filter(TtftCall::isStall).count();
  }

  /** Latencies of the calls that met a kernel for the first time. */
  Percentiles first() {
    return micros(calls, TtftCall::isFirst);
  }

  /** Latencies of all calls. */
  Percentiles all() {
    return micros(calls, call -> true);
  }

  /** Latencies of the second time round. */
  Percentiles steady() {
    return micros(again, call -> true);
  }

  private static Percentiles micros(List<TtftCall> calls, Predicate<TtftCall> which) {
    return Percentiles.of(calls.stream().filter(which).map(TtftCall::micros).toList());
  }
}
