package dev.deepgemm.emulator.internal.machine;

/**
 * Something that the hardware does on its own after an instruction has asked for it. The cluster
 * decides when: at {@link #due} at the latest if anything else still runs, and in any order.
 */
public abstract class Transfer {
  public final Warp warp;
  public final int lane;
  public final int line;
  final String name;

  /** Scheduler tick from which on it may happen. */
  long due;

  public Transfer(Warp warp, int lane, int line, String name) {
    this.warp = warp;
    this.lane = lane;
    this.line = line;
    this.name = name;
  }

  /** It happens, or the next part of it; true when all of it has. */
  public abstract boolean advance();
}
