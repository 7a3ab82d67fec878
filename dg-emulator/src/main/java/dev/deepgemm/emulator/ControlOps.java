package dev.deepgemm.emulator;

/** Branches, ends and pauses. */
final class ControlOps {
  private ControlOps() {}

  /** {@code bra}. */
  static final class Branch extends Op {
    private final int target;
    private final boolean uniform;

    Branch(int target, boolean uniform) {
      this.target = target;
      this.uniform = uniform;
    }

    @Override
    int execute(Warp warp, LaneGroup group, int mask) {
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
  static final class Exit extends Op {
    @Override
    int execute(Warp warp, LaneGroup group, int mask) {
      warp.exit(group, mask);
      return CONTROL;
    }
  }

  /** {@code trap}. */
  static final class Trap extends Op {
    @Override
    int execute(Warp warp, LaneGroup group, int mask) {
      warp.at(Integer.numberOfTrailingZeros(mask));
      throw new Fault("DG-EMU-13", "the kernel stopped itself");
    }
  }

  /** {@code nanosleep}: time does not pass here, but others get their turn. */
  static final class Sleep extends Op {
    @Override
    int execute(Warp warp, LaneGroup group, int mask) {
      return YIELD;
    }
  }

  /** {@code griddepcontrol.wait}: from here on the warp knows that the grid in front has ended. */
  static final class AwaitGrid extends Op {
    @Override
    int execute(Warp warp, LaneGroup group, int mask) {
      warp.knowledge().learnThatPreviousGridEnded();
      return NEXT;
    }
  }

  /** An instruction that changes nothing that is modelled: prefetches, hints. */
  static final class Nothing extends Op {
    @Override
    int execute(Warp warp, LaneGroup group, int mask) {
      return NEXT;
    }
  }
}
