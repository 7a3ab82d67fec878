package dev.deepgemm.emulator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The wgmma that a warp has issued and not waited for, by group. */
final class WgmmaQueue {
  private final Warp warp;
  private List<WgmmaRead> open = new ArrayList<>();
  private final Deque<List<WgmmaRead>> groups = new ArrayDeque<>();

  WgmmaQueue(Warp warp) {
    this.warp = warp;
  }

  void add(WgmmaRead wgmma) {
    open.add(wgmma);
  }

  void commit() {
    groups.addLast(open);
    open = new ArrayList<>();
  }

  /** Waits until at most {@code pending} of the newest groups are in flight. */
  void waitFor(int pending) {
    while (groups.size() > pending) {
      for (WgmmaRead wgmma : groups.removeFirst()) {
        wgmma.retire(warp);
      }
    }
  }
}
