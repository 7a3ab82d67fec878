package dev.deepgemm.emulator.internal.machine;

import dev.deepgemm.api.Problem;
import dev.deepgemm.emulator.internal.check.FindingsException;
import dev.deepgemm.emulator.internal.check.Text;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells why nothing in a cluster can go on. A warp or warpgroup instruction that only part of its
 * threads reached is the more telling cause, and is named first.
 */
final class Deadlock {
  private final Cluster cluster;

  Deadlock(Cluster cluster) {
    this.cluster = cluster;
  }

  FindingsException exception() {
    List<Problem> problems = new ArrayList<>();
    StringBuilder waiting = new StringBuilder();
    for (Warp warp : cluster.liveWarps()) {
      for (LaneGroup group : warp.groups()) {
        Op op = warp.program().ops()[group.pc];
        String place = cluster.place(warp, group.mask, group.pc);
        boolean apart = op.together() != Op.Together.LANE && group.mask != warp.live();
        String reason = apart ? "the other lanes of its warp" : op.waitsFor(warp, group);
        waiting.append(Text.format("\n  %s waits for %s", place, reason));
        if (apart || op instanceof WarpgroupOp) {
          problems.add(
              Problem.of(
                  "DG-EMU-12",
                  "%s: not all threads of the %s got there",
                  place,
                  apart ? "warp" : "warpgroup"));
        }
      }
    }
    problems.add(
        Problem.of(
            "DG-EMU-10",
            "deadlock in cluster %d: every thread that has not exited waits, and no copy is under"
                + " way:%s\nseed %d",
            cluster.number(),
            waiting,
            cluster.launch().seed()));
    return new FindingsException(problems);
  }
}
