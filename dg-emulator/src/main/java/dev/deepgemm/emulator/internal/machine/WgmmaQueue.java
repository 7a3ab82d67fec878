package dev.deepgemm.emulator.internal.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The wgmma that a warp has issued and not waited for, by group. */
public final class WgmmaQueue {
  /** A wgmma that not all warps have waited for. */
  public interface InFlight {
    /** A warp has waited for it. */
    void retire(Warp warp);
  }

  private final Warp warp;
  private List<InFlight> open = new ArrayList<>();
  private final Deque<List<InFlight>> groups = new ArrayDeque<>();

  WgmmaQueue(Warp warp) {
    this.warp = warp;
  }

  public void add(InFlight wgmma) {
    open.add(wgmma);
  }

  public void commit() {
    groups.addLast(open);
    open = new ArrayList<>();
  }

  /** Waits until at most {@code pending} of the newest groups are in flight. */
  public void waitFor(int pending) {
    while (groups.size() > pending) {
      for (InFlight wgmma : groups.removeFirst()) {
        wgmma.retire(warp);
      }
    }
  }
}
