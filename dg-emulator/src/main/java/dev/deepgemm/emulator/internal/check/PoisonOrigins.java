package dev.deepgemm.emulator.internal.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Where undefined values were born.
 *
 * <p>Undefined data is not an error while nobody looks at it: a kernel whose tile has 16 rows
 * issues wgmma with 64, and the other 48 compute garbage out of whatever lies behind the tile. So
 * garbage is tracked, and only where it reaches something that can be seen (global memory, an
 * address, a branch) is it an error. Every undefined byte and register row carries one small number
 * that leads to the story told here.
 */
public final class PoisonOrigins {
  /** The value is defined. */
  public static final int NONE = 0;

  /** How a value can become undefined. */
  public enum Cause {
    SHARED_NEVER_WRITTEN("shared memory at 0x%2$x that nobody had written, read at line %1$d"),
    SHARED_LEFT_BY_ASYNC(
        "shared memory that the copy at line %1$d was still writing (its mbarrier at 0x%2$x had"
            + " not completed the phase)"),
    SHARED_CP_ASYNC("shared memory at 0x%2$x that cp.async at line %1$d was still writing"),
    GLOBAL_NEVER_WRITTEN("global memory that nobody had written, read at line %1$d"),
    OVERWRITTEN_BY_COPY(
        "shared memory that the copy at line %1$d overwrote while the wgmma at line %2$d was"
            + " reading it"),
    OVERWRITTEN_BY_STORE(
        "shared memory that the store at line %1$d overwrote while the wgmma at line %2$d was"
            + " reading it"),
    WGMMA_A("row %2$d of A, read by the wgmma at line %1$d"),
    WGMMA_B("column %2$d of B, read by the wgmma at line %1$d"),
    RACE(
        "shared memory at 0x%2$x that another warp wrote, with no barrier between its write and the"
            + " read at line %1$d"),
    INACTIVE_LANE("the register of a lane that did not take part, read at line %1$d");

    private final String text;

    Cause(String text) {
      this.text = text;
    }
  }

  private record Origin(Cause cause, int line, int where, int parent) {}

  private final IntFunction<String> registerNames;
  private final List<Origin> list = new ArrayList<>();
  private final Map<Origin, Integer> ids = new HashMap<>();

  /** {@code registerNames}: how the register of that number is called. */
  public PoisonOrigins(IntFunction<String> registerNames) {
    this.registerNames = registerNames;
    list.add(new Origin(Cause.SHARED_NEVER_WRITTEN, 0, 0, NONE)); // NONE is never described
  }

  /** The number of an origin; equal ones share it. */
  public int of(Cause cause, int line, int where, int parent) {
    Origin origin = new Origin(cause, line, where, parent);
    Integer known = ids.get(origin);
    if (known != null) {
      return known;
    }
    list.add(origin);
    ids.put(origin, list.size() - 1);
    return list.size() - 1;
  }

  public int of(Cause cause, int line, int where) {
    return of(cause, line, where, NONE);
  }

  /** The origin of a register that was never written; known without a table. */
  public static int neverWritten(int register) {
    return -1 - register;
  }

  public String describe(int id) {
    if (id < 0) {
      return "register " + registerNames.apply(-1 - id) + ", which was never written";
    }
    Origin origin = list.get(id);
    String text = Text.format(origin.cause.text, origin.line, origin.where);
    return origin.parent == NONE ? text : text + ", from " + describe(origin.parent);
  }
}
