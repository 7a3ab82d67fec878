package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.machine.LaneGroup;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Warp;

/** Branches, ends and pauses. */
public final class ControlOps {
  private ControlOps() {}

  /** {@code bra}. */
  public static final class Branch extends Op {
    private final int target;
    private final boolean uniform;

    public Branch(int target, boolean uniform) {
      this.target = target;
      this.uniform = uniform;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      if (uniform && mask != group.mask) {
        throw new Fault(
            "DG-EMU-12",
            "bra.uni is taken by lanes %s and not by lanes %s",
            Warp.lanes(mask),
            Warp.lanes(group.mask & ~mask));
      }
      warp.branch(group, mask, target);
      return CONTROL;
    }
  }

  /** {@code exit} and {@code ret} of an entry. */
  public static final class Exit extends Op {
    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      warp.exit(group, mask);
      return CONTROL;
    }
  }

  /** {@code trap}. */
  public static final class Trap extends Op {
    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      warp.at(Integer.numberOfTrailingZeros(mask));
      throw new Fault("DG-EMU-13", "the kernel stopped itself");
    }
  }

  /** {@code nanosleep}: time does not pass here, but others get their turn. */
  public static final class Sleep extends Op {
    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      return YIELD;
    }
  }

  /** {@code griddepcontrol.wait}: from here on the warp knows that the grid in front has ended. */
  public static final class AwaitGrid extends Op {
    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      warp.knowledge().learnThatPreviousGridEnded();
      return NEXT;
    }
  }

  /** An instruction that changes nothing that is modelled: prefetches, hints. */
  public static final class Nothing extends Op {
    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      return NEXT;
    }
  }
}
