package dev.deepgemm.ptx.sync;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.U32;

/** A hardware barrier at which a fixed number of threads of the CTA meet ({@link NamedBarriers}). */
public final class NamedBarrier {
  private final String name;
  private final int number;
  private final int threads;
  private final String operand;

  NamedBarrier(String name, int number, int threads) {
    this(name, number, threads, Integer.toString(number));
  }

  private NamedBarrier(String name, int number, int threads, String operand) {
    this.name = name;
    this.number = number;
    this.threads = threads;
    this.operand = operand;
  }

  /** Waits for the others; memory operations before it are visible to them behind it. */
  public void sync(Code code) {
    code.raw("bar.sync " + operand + ", " + threads);
  }

  /** Says that this thread has come, without waiting for the others: they wait by {@link #sync}. */
  public void arrive(Code code) {
    code.raw("bar.arrive " + operand + ", " + threads);
  }

  /** The same barrier, with its number in a register. */
  public NamedBarrier inRegister(Code code) {
    return new NamedBarrier(name, number, threads, code.u32(number).name());
  }

  @Override
  public String toString() {
    return name + " (barrier " + number + ", " + threads + " threads)";
  }

  /** Barriers of several teams, one each. */
  public static final class Array {
    private final String name;
    private final int first;
    private final int count;
    private final int threads;

    Array(String name, int first, int count, int threads) {
      this.name = name;
      this.first = first;
      this.count = count;
      this.threads = threads;
    }

    /** How many there are. */
    public int count() {
      return count;
    }

    /** The barrier of a team that is known at run time. */
    public NamedBarrier of(Code code, U32 team) {
      return new NamedBarrier(name, first, threads, code.add(team, first).name());
    }
  }
}
