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
import dev.deepgemm.emulator.internal.parse.PtxType;

/** {@code ld} and {@code st}. */
public final class MemoryOps {
  private MemoryOps() {}

  /** An operand in memory: a register plus a literal. */
  public record At(Space space, int row, long offset) {
    long of(Warp warp, int lane) {
      return warp.values[row * 32 + lane] + offset;
    }
  }

  /** {@code ld}. */
  public static final class Load extends Op {
    private final At at;
    private final PtxType type;
    private final int[] d;
    private final long[] masks;
    private final boolean strong;

    /**
     * A load.
     *
     * @param masks ones where the destination registers have bits
     * @param strong whether threads may communicate through it
     */
    public Load(At at, PtxType type, int[] d, long[] masks, boolean strong) {
      this.strong = strong;
      this.at = at;
      this.type = type;
      this.d = d;
      this.masks = masks;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      warp.requireDefined(at.row, mask, "the address");
      if (strong) {
        warp.acquire(warp.cluster().atomics());
      }
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        warp.at(lane);
        load(warp, lane, at.of(warp, lane));
      }
      return NEXT;
    }

    private void load(Warp warp, int lane, long address) {
      Space space = at.space == Space.GENERIC ? Addresses.spaceOf(address) : at.space;
      switch (space) {
        case SHARED_CTA, SHARED_CLUSTER -> shared(warp, lane, address, space);
        case PARAM -> param(warp, lane, address);
        default -> global(warp, lane, address);
      }
    }

    private void shared(Warp warp, int lane, long address, Space space) {
      long window = at.space == Space.GENERIC ? address - Addresses.SHARED_WINDOW : address;
      Cta cta = Addresses.cta(window, space, warp.cta());
      int from = Addresses.offset(window);
      int bytes = type.bytes();
      cta.shared().check(from, bytes * d.length, bytes * d.length);
      cta.shared().refuseBarrier(from, bytes * d.length);
      for (int i = 0; i < d.length; i++) {
        int why = SharedAccess.undefined(warp, cta, from + i * bytes, bytes, line);
        set(warp, lane, i, cta.shared().load(from + i * bytes, bytes), why);
      }
    }

    private void global(Warp warp, int lane, long address) {
      if (strong) {
        warp.cluster().hearOfOthers();
      }
      int bytes = type.bytes();
      GlobalMemory.Allocation found = GlobalAccess.find(warp, address, bytes * d.length);
      int offset = (int) (address - found.address());
      for (int i = 0; i < d.length; i++) {
        int why =
            found.defined(offset + i * bytes, bytes)
                ? PoisonOrigins.NONE
                : warp.cluster().origins().of(PoisonOrigins.Cause.GLOBAL_NEVER_WRITTEN, line, 0);
        set(warp, lane, i, GlobalAccess.read(found.data(), offset + i * bytes, bytes), why);
      }
    }

    private void param(Warp warp, int lane, long address) {
      long offset = address >= Addresses.PARAM_WINDOW ? address - Addresses.PARAM_WINDOW : address;
      byte[] params = warp.cluster().launch().params();
      int bytes = type.bytes();
      if (offset < 0 || offset + (long) bytes * d.length > params.length) {
        throw new Fault(
            "DG-EMU-20", "parameter offset %d; there are %d bytes", offset, params.length);
      }
      if (warp.cluster().launch().opaque(offset, bytes * d.length)) {
        throw new Fault("DG-EMU-44", "a tensor map is opaque and cannot be loaded");
      }
      for (int i = 0; i < d.length; i++) {
        set(
            warp,
            lane,
            i,
            GlobalAccess.read(params, (int) offset + i * bytes, bytes),
            PoisonOrigins.NONE);
      }
    }

    private void set(Warp warp, int lane, int i, long value, int why) {
      warp.values[d[i] * 32 + lane] = type.extend(value) & masks[i];
      int bit = 1 << lane;
      warp.define(d[i], bit, why == PoisonOrigins.NONE ? 0 : bit, why);
    }
  }

  /** {@code st}. */
  public static final class Store extends Op {
    private final At at;
    private final PtxType type;
    private final int[] a;

    private final boolean strong;

    /** {@code strong}: whether threads may communicate through it. */
    public Store(At at, PtxType type, int[] a, boolean strong) {
      this.strong = strong;
      this.at = at;
      this.type = type;
      this.a = a;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      warp.requireDefined(at.row, mask, "the address");
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        warp.at(lane);
        long address = at.of(warp, lane);
        Space space = at.space == Space.GENERIC ? Addresses.spaceOf(address) : at.space;
        switch (space) {
          case SHARED_CTA, SHARED_CLUSTER -> shared(warp, lane, address, space);
          case PARAM -> throw new Fault("DG-EMU-20", "parameters cannot be written");
          default -> global(warp, lane, address);
        }
      }
      if (strong) {
        warp.release(warp.cluster().atomics());
      }
      warp.cluster().progressed();
      return NEXT;
    }

    private void shared(Warp warp, int lane, long address, Space space) {
      long window = at.space == Space.GENERIC ? address - Addresses.SHARED_WINDOW : address;
      Cta cta = Addresses.cta(window, space, warp.cta());
      int to = Addresses.offset(window);
      int bytes = type.bytes();
      cta.shared().check(to, bytes * a.length, bytes * a.length);
      for (int i = 0; i < a.length; i++) {
        boolean undefined = (warp.poison[a[i]] >>> lane & 1) != 0;
        int why = undefined ? warp.origin[a[i]] : PoisonOrigins.NONE;
        SharedAccess.store(
            warp, lane, cta, to + i * bytes, bytes, warp.values[a[i] * 32 + lane], why, line);
      }
    }

    private void global(Warp warp, int lane, long address) {
      int bytes = type.bytes();
      GlobalMemory.Allocation found = GlobalAccess.find(warp, address, bytes * a.length);
      int offset = (int) (address - found.address());
      GlobalAccess.refuseRace(warp, address, bytes * a.length, false);
      GlobalAccess.noteWrite(warp, found, offset, bytes * a.length, false);
      for (int i = 0; i < a.length; i++) {
        warp.requireDefined(a[i], 1 << lane, "a value stored to global memory");
        GlobalAccess.write(found, offset + i * bytes, bytes, warp.values[a[i] * 32 + lane]);
      }
    }
  }
}
