package dev.deepgemm.emulator.internal.machine;

/**
 * A decoded instruction, executed for all lanes of a group at once.
 *
 * <p>An operation never waits: one that cannot go on answers {@link #BLOCK}, and is executed again
 * when something has changed in the cluster. What it did before it blocked (an arrival, say) it has
 * to remember in the group.
 */
public abstract class Op {
  /** Done; the group goes on to the next instruction. */
  public static final int NEXT = 0;

  /** Not done; try again when something has changed. */
  public static final int BLOCK = 1;

  /** Done, but the group spins: let others run. */
  public static final int YIELD = 2;

  /** The operation has set the program counters itself. */
  public static final int CONTROL = 3;

  /** How many lanes have to execute it together. */
  public enum Together {
    /** Each lane for itself. */
    LANE,
    /** All lanes of the warp that have not exited ({@code .aligned}). */
    WARP,
    /** All 32 lanes ({@code .sync.aligned} of matrix instructions). */
    FULL_WARP
  }

  /** Line of PTX; 1 is the first. */
  public int line;

  /** Name as written, for messages. */
  public String name = "";

  /** Predicate register that guards it, or -1. */
  public int guard = -1;

  public boolean guardNegated;

  /** Registers that it reads or writes, other than those of a wgmma's fragments. */
  public int[] touched = new int[0];

  public Together together() {
    return Together.LANE;
  }

  /**
   * Executes it.
   *
   * @param mask lanes of the group whose guard is true; not 0
   * @return {@link #NEXT}, {@link #BLOCK}, {@link #YIELD} or {@link #CONTROL}
   */
  public abstract int execute(Warp warp, LaneGroup group, int mask);

  /** What a group that blocked here waits for. */
  public String waitsFor(Warp warp, LaneGroup group) {
    return "the other lanes of its warp";
  }
}
