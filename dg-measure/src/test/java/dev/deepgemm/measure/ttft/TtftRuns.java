package dev.deepgemm.measure.ttft;

import dev.deepgemm.measure.ttft.TtftCall.Origin;
import dev.deepgemm.measure.ttft.TtftRun.Cache;
import java.util.ArrayList;
import java.util.List;

/** Runs that tests look at: of every ten calls the first met its kernel for the first time. */
final class TtftRuns {
  private TtftRuns() {}

  static TtftRun run(String minimize, Cache cache, int calls) {
    Origin origin =
        switch (cache) {
          case COLD -> Origin.COMPILED;
          case WARM -> Origin.DISK;
          case PACK -> Origin.PACK;
        };
    List<TtftCall> first = new ArrayList<>();
    List<TtftCall> again = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      boolean fresh = i % 10 == 0;
      double micros = fresh ? (cache == Cache.COLD ? 250_000 : 900) + i : 30 + i % 7;
      first.add(new TtftCall(i + 1, i % 4, micros, fresh ? origin : Origin.LOADED));
      again.add(new TtftCall(i + 1, i % 4, 30 + i % 7, Origin.LOADED));
    }
    return new TtftRun(minimize, cache, first, again);
  }
}
