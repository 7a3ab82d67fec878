package dev.deepgemm.emulator.internal.machine;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.check.Knowledge;
import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import dev.deepgemm.emulator.internal.parse.PtxScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One warp: 32 lanes, their registers, and the groups into which they have diverged.
 *
 * <p>Why a warp at a time: decoding, scheduling and bookkeeping are paid once for 32 lanes, which
 * is what makes plain Java fast enough. Why groups with their own program counters and not a
 * reconvergence stack: since Volta threads of a warp are scheduled independently, and kernels rely
 * on it (an elected lane waits on an mbarrier while the others go on). The group with the smallest
 * program counter runs first, so that the others meet it where the paths join.
 *
 * <p>The register file holds every register, predicates apart, as 32 longs; narrower values are
 * zero-extended. Next to each row stand the bookkeeping columns:
 *
 * <ul>
 *   <li>{@code poison}: lanes in which the register is undefined, and {@code origin}: why;
 *   <li>{@code flight}: how many wgmma in flight use it as fragment;
 *   <li>{@code stamp}: the {@code wgmma.fence} epoch in which it was last touched.
 * </ul>
 */
public final class Warp {
  public static final int ALL = -1;

  private final Cta cta;
  private final int index;
  private final Program program;
  private final List<LaneGroup> groups = new ArrayList<>();
  private final WgmmaQueue wgmma;
  private final Knowledge knowledge;

  public final long[] values;
  public final int[] predicates;
  public final int[] poison;
  public final int[] origin;
  public final short[] flight;
  public final int[] stamp;

  /** Number of {@code wgmma.fence} executed. */
  public int fences;

  /** Registers per thread: what setmaxnreg changes. */
  public int maxRegisters;

  private int live = ALL;
  private int lane = -1;
  private int stop;
  private Op current;

  Warp(Cta cta, int index, Program program) {
    this.cta = cta;
    this.index = index;
    this.program = program;
    this.wgmma = new WgmmaQueue(this);
    this.knowledge = new Knowledge(cta.cluster().warpCount());
    int rows = program.rows();
    values = new long[rows * 32];
    predicates = new int[rows];
    poison = new int[rows];
    origin = new int[rows];
    flight = new short[rows];
    stamp = new int[rows];
    int registers = program.kernel().registers().size();
    Arrays.fill(poison, 0, registers, ALL);
    Arrays.setAll(origin, i -> i < registers ? PoisonOrigins.neverWritten(i) : PoisonOrigins.NONE);
    Arrays.fill(stamp, -1);
    for (Program.Literal literal : program.literals()) {
      int at = literal.row() * 32;
      Arrays.fill(values, at, at + 32, literal.value());
      predicates[literal.row()] = literal.value() != 0 ? ALL : 0;
    }
    for (Program.AddressRow address : program.addresses()) {
      int at = address.row() * 32;
      Arrays.fill(values, at, at + 32, Addresses.own(address.offset(), cta));
    }
    for (Program.SpecialRow special : program.specials()) {
      for (int i = 0; i < 32; i++) {
        values[special.row() * 32 + i] = special.special().value(this, i);
      }
    }
    groups.add(new LaneGroup(ALL, 0));
    current = program.ops()[0];
  }

  public Cta cta() {
    return cta;
  }

  public Cluster cluster() {
    return cta.cluster();
  }

  public int index() {
    return index;
  }

  Program program() {
    return program;
  }

  public WgmmaQueue wgmma() {
    return wgmma;
  }

  /** Lanes that have not exited. */
  public int live() {
    return live;
  }

  List<LaneGroup> groups() {
    return groups;
  }

  /** Index in the cluster. */
  public int clusterIndex() {
    return cta.rank() * (cta.threads() / 32) + index;
  }

  /** Thread index in the cluster. */
  public int clusterThread(int lane) {
    return clusterIndex() * 32 + lane;
  }

  public Knowledge knowledge() {
    return knowledge;
  }

  /** What the warp did and knows is passed on. */
  public void release(Knowledge to) {
    knowledge.advance(clusterIndex(), cluster().now());
    to.learn(knowledge);
  }

  public void acquire(Knowledge from) {
    knowledge.learn(from);
  }

  /** Thread index in the CTA. */
  public int thread(int lane) {
    return index * 32 + lane;
  }

  /** Notes the lane that an operation is working for, so that a fault can name it. */
  public void at(int lane) {
    this.lane = lane;
  }

  boolean runnable() {
    long progress = cluster().progress();
    for (int i = 0; i < groups.size(); i++) {
      if (groups.get(i).runnable(progress)) {
        return true;
      }
    }
    return false;
  }

  /** Executes up to {@code budget} instructions; returns how many. */
  int run(int budget) {
    int executed = 0;
    try {
      LaneGroup group = pick();
      Op[] ops = program.ops();
      while (group != null && executed < budget) {
        if (group.pc >= stop) {
          group = pick();
          continue;
        }
        Op op = ops[group.pc];
        current = op;
        executed++;
        int result = step(op, group);
        if (result == Op.NEXT) {
          group.pc++;
        } else if (result == Op.BLOCK) {
          group.blockedAt = cluster().progress();
          return executed;
        } else if (result == Op.YIELD) {
          group.pc++;
          group.yielded = true;
          return executed;
        } else {
          group = pick();
        }
      }
      if (group != null && groups.size() > 1) {
        group.yielded = true; // a loop without a waiting instruction must not starve its siblings
      }
      return executed;
    } catch (Fault fault) {
      throw cluster().located(fault, cta, this, lane, current.line, current.name);
    } finally {
      cluster().executed(executed);
    }
  }

  private int step(Op op, LaneGroup group) {
    lane = -1;
    int mask = group.mask;
    if (op.guard >= 0) {
      int undefined = poison[op.guard] & mask;
      if (undefined != 0) {
        throw observed(op.guard, undefined, "the predicate that guards it");
      }
      mask &= op.guardNegated ? ~predicates[op.guard] : predicates[op.guard];
      if (mask == 0) {
        return Op.NEXT;
      }
    }
    if (op.together() != Op.Together.LANE && !together(op, group, mask)) {
      return Op.BLOCK;
    }
    for (int register : op.touched) {
      if (flight[register] != 0) {
        throw new Fault(
            "DG-EMU-40",
            "register %s belongs to a wgmma in flight; wait for its group with wgmma.wait_group"
                + " first",
            registerName(register));
      }
      stamp[register] = fences;
    }
    return op.execute(this, group, mask);
  }

  /** Whether all lanes that must execute {@code op} together are here. */
  private boolean together(Op op, LaneGroup group, int mask) {
    if (op.together() == Op.Together.FULL_WARP && live != ALL) {
      throw new Fault(
          "DG-EMU-12",
          "executed by lanes %s while lanes %s have exited; all 32 lanes of the warp must execute"
              + " it",
          lanes(mask),
          lanes(~live));
    }
    if (mask != group.mask) {
      throw new Fault(
          "DG-EMU-12",
          "executed by lanes %s alone, its guard is false in lanes %s; all lanes of the warp must"
              + " execute it",
          lanes(mask),
          lanes(group.mask & ~mask));
    }
    return mask == live;
  }

  /** The group to run: the runnable one with the smallest program counter, spinning ones last. */
  private @Nullable LaneGroup pick() {
    merge();
    long progress = cluster().progress();
    LaneGroup best = null;
    for (LaneGroup group : groups) {
      if (group.runnable(progress) && !group.yielded && (best == null || group.pc < best.pc)) {
        best = group;
      }
    }
    if (best == null) {
      for (LaneGroup group : groups) {
        group.yielded = false;
        if (group.runnable(progress) && (best == null || cluster().random().nextBoolean())) {
          best = group;
        }
      }
    }
    stop = Integer.MAX_VALUE;
    if (best != null) {
      best.blockedAt = -1;
      for (LaneGroup group : groups) {
        if (group.pc > best.pc && group.token == 0) {
          stop = Math.min(stop, group.pc);
        }
      }
    }
    return best;
  }

  private void merge() {
    for (int i = 0; i < groups.size(); i++) {
      LaneGroup a = groups.get(i);
      for (int j = groups.size() - 1; j > i; j--) {
        LaneGroup b = groups.get(j);
        if (a.pc == b.pc && a.token == 0 && b.token == 0) {
          a.mask |= b.mask;
          a.blockedAt = -1;
          a.yielded = false;
          groups.remove(j);
        }
      }
    }
  }

  /** Lanes {@code taken} of the group jump, the others go on behind the branch. */
  public void branch(LaneGroup group, int taken, int target) {
    int rest = group.mask & ~taken;
    if (rest == 0) {
      group.pc = target;
      return;
    }
    group.mask = rest;
    group.pc++;
    groups.add(new LaneGroup(taken, target));
  }

  /** Lanes end. */
  public void exit(LaneGroup group, int mask) {
    live &= ~mask;
    group.mask &= ~mask;
    if (group.mask == 0) {
      groups.remove(group);
    } else {
      group.pc++;
    }
    cta.exited(this, mask);
  }

  /** Records what an operation wrote to a register. */
  public void define(int register, int mask, int undefined, int why) {
    int now = undefined & mask;
    poison[register] = (poison[register] & ~mask) | now;
    if (now != 0) {
      origin[register] = why;
    }
  }

  public void define(int register, int mask) {
    poison[register] &= ~mask;
  }

  /** Refuses undefined lanes of a register where they would be seen. */
  public void requireDefined(int register, int mask, String role) {
    int undefined = poison[register] & mask;
    if (undefined != 0) {
      throw observed(register, undefined, role);
    }
  }

  /** The fault of an undefined value that reaches something observable. */
  Fault observed(int register, int lanes, String role) {
    lane = Integer.numberOfTrailingZeros(lanes);
    return new Fault(
        "DG-EMU-22",
        "%s is undefined (register %s, lanes %s); it comes from %s",
        role,
        registerName(register),
        lanes(lanes),
        cluster().origins().describe(origin[register]));
  }

  public String registerName(int register) {
    List<PtxScope.Register> registers = program.kernel().registers();
    return register < registers.size() ? registers.get(register).name() : "(literal)";
  }

  /** The value that all lanes of {@code mask} must share. */
  public long uniform(int register, int mask, String role) {
    requireDefined(register, mask, role);
    int first = Integer.numberOfTrailingZeros(mask);
    long value = values[register * 32 + first];
    for (int m = mask & (mask - 1); m != 0; m &= m - 1) {
      if (values[register * 32 + Integer.numberOfTrailingZeros(m)] != value) {
        throw new Fault("DG-EMU-12", "%s differs between lanes of the warp", role);
      }
    }
    return value;
  }

  /** Lanes as text: {@code 0-15,31}. */
  public static String lanes(int mask) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 32; i++) {
      if ((mask >>> i & 1) == 0) {
        continue;
      }
      int first = i;
      while (i < 31 && (mask >>> (i + 1) & 1) != 0) {
        i++;
      }
      text.append(text.length() == 0 ? "" : ",").append(first);
      if (i > first) {
        text.append('-').append(i);
      }
    }
    return text.length() == 0 ? "none" : text.toString();
  }
}
