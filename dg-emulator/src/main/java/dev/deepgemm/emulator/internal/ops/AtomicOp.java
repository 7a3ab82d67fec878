package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import dev.deepgemm.emulator.internal.machine.Addresses;
import dev.deepgemm.emulator.internal.machine.Addresses.Space;
import dev.deepgemm.emulator.internal.machine.Cta;
import dev.deepgemm.emulator.internal.machine.GlobalAccess;
import dev.deepgemm.emulator.internal.machine.LaneGroup;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.SharedAccess;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.memory.GlobalMemory;
import dev.deepgemm.emulator.internal.numbers.Fn;
import dev.deepgemm.emulator.internal.parse.PtxType;

/** {@code atom} and {@code red}: lanes in order, each indivisible. */
public final class AtomicOp extends Op {
  private final Fn fn;
  private final PtxType type;
  private final MemoryOps.At at;
  private final int d;
  private final int[] operands;
  private final boolean vector;

  /**
   * An operation on one element, or on several that follow each other and are indivisible one by one.
   *
   * @param fn computes the new value from the old one and up to two operands
   * @param d the old value's register; -1 where nobody wants it, as with vectors
   * @param vector whether the operands belong to one element each, and not all to one
   */
  public AtomicOp(Fn fn, PtxType type, MemoryOps.At at, int d, int[] operands, boolean vector) {
    this.vector = vector;
    this.fn = fn;
    this.type = type;
    this.at = at;
    this.d = d;
    this.operands = operands;
  }

  @Override
  public int execute(Warp warp, LaneGroup group, int mask) {
    warp.requireDefined(at.row(), mask, "the address");
    warp.acquire(warp.cluster().atomics());
    for (int operand : operands) {
      warp.requireDefined(operand, mask, "an operand of an atomic operation");
    }
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      warp.at(lane);
      long address = at.of(warp, lane);
      Space space = at.space() == Space.GENERIC ? Addresses.spaceOf(address) : at.space();
      if (vector) {
        vector(warp, lane, address, space);
        continue;
      }
      long b = warp.values[operands[0] * 32 + lane];
      long c = operands.length > 1 ? warp.values[operands[1] * 32 + lane] : 0;
      switch (space) {
        case SHARED_CTA, SHARED_CLUSTER -> shared(warp, lane, address, space, b, c);
        case PARAM -> throw new Fault("DG-EMU-20", "parameters cannot be written");
        default -> global(warp, lane, address, b, c);
      }
    }
    warp.release(warp.cluster().atomics());
    warp.cluster().progressed();
    return NEXT;
  }

  private void vector(Warp warp, int lane, long address, Space space) {
    if (space != Space.GLOBAL) {
      throw new Fault("DG-EMU-20", "0x%x is not global memory, where alone vectors go", address);
    }
    GlobalAccess.find(warp, address, type.bytes() * operands.length); // aligned to the whole
    for (int i = 0; i < operands.length; i++) {
      long value = warp.values[operands[i] * 32 + lane];
      global(warp, lane, address + (long) i * type.bytes(), value, 0);
    }
  }

  private void shared(Warp warp, int lane, long address, Space space, long b, long c) {
    long window = at.space() == Space.GENERIC ? address - Addresses.SHARED_WINDOW : address;
    Cta cta = Addresses.cta(window, space, warp.cta());
    int to = Addresses.offset(window);
    int bytes = type.bytes();
    cta.shared().check(to, bytes, bytes);
    int why = cta.shared().undefined(to, bytes, warp.cluster().origins(), line);
    long old = cta.shared().load(to, bytes);
    long value = fn.apply(old, b, c) & type.mask();
    SharedAccess.store(warp, lane, cta, to, bytes, value, why, line);
    result(warp, lane, old, why);
  }

  private void global(Warp warp, int lane, long address, long b, long c) {
    int bytes = type.bytes();
    GlobalMemory.Allocation found = GlobalAccess.find(warp, address, bytes);
    if (d >= 0) {
      warp.cluster().hearOfOthers();
    }
    int offset = (int) (address - found.address());
    long old;
    synchronized (found.data()) { // clusters of one run may share a counter
      if (!found.defined(offset, bytes)) {
        throw new Fault("DG-EMU-22", "atomic operation on global memory that nobody has written");
      }
      old = GlobalAccess.read(found.data(), offset, bytes);
      GlobalAccess.write(found, offset, bytes, fn.apply(old, b, c) & type.mask());
    }
    result(warp, lane, old, PoisonOrigins.NONE);
  }

  private void result(Warp warp, int lane, long old, int why) {
    if (d >= 0) {
      warp.values[d * 32 + lane] = old;
      int bit = 1 << lane;
      warp.define(d, bit, why == PoisonOrigins.NONE ? 0 : bit, why);
    }
  }
}
