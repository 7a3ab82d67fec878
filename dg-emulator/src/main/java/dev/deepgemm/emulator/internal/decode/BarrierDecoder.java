package dev.deepgemm.emulator.internal.decode;

import dev.deepgemm.emulator.internal.machine.Addresses.Space;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.ops.BarrierOps;
import dev.deepgemm.emulator.internal.ops.ControlOps;
import dev.deepgemm.emulator.internal.ops.MBarrierOps;
import dev.deepgemm.emulator.internal.ops.WarpOps;
import dev.deepgemm.emulator.internal.parse.PtxOperand;
import dev.deepgemm.emulator.internal.parse.PtxType;
import java.util.Map;
import java.util.function.Function;

/** Barriers of every kind, fences, and {@code setmaxnreg}. */
final class BarrierDecoder {
  private BarrierDecoder() {}

  static void register(Map<String, Function<Insn, Op>> table) {
    table.put("bar", BarrierDecoder::bar);
    table.put("barrier", BarrierDecoder::barrier);
    table.put("mbarrier", BarrierDecoder::mbarrier);
    table.put("fence", BarrierDecoder::fence);
    table.put("setmaxnreg", BarrierDecoder::registers);
  }

  /** {@code bar.sync} is {@code barrier.sync.aligned}. */
  private static Op bar(Insn insn) {
    if (insn.accept("warp")) {
      insn.require("sync");
      insn.requireCount(1, 1);
      return new WarpOps.Sync(insn.source(0, PtxType.B32));
    }
    insn.ignore("cta");
    return named(insn, true);
  }

  private static Op barrier(Insn insn) {
    if (insn.accept("cluster")) {
      boolean arrives = insn.require("arrive", "wait").equals("arrive");
      insn.ignore("release", "relaxed", "acquire");
      boolean aligned = insn.accept("aligned");
      insn.requireCount(0, 0);
      return arrives ? new BarrierOps.ClusterArrive(aligned) : new BarrierOps.ClusterWait(aligned);
    }
    insn.ignore("cta");
    return named(insn, insn.accept("aligned"));
  }

  private static Op named(Insn insn, boolean aligned) {
    boolean waits = insn.require("sync", "arrive").equals("sync");
    insn.requireCount(waits ? 1 : 2, 2);
    return new BarrierOps.Named(
        aligned,
        waits,
        insn.source(0, PtxType.U32),
        insn.count() == 2 ? insn.source(1, PtxType.U32) : -1);
  }

  private static Space space(Insn insn) {
    String name = insn.oneOf("shared", "shared::cta", "shared::cluster");
    if (name == null) {
      return Space.GENERIC;
    }
    return name.equals("shared::cluster") ? Space.SHARED_CLUSTER : Space.SHARED_CTA;
  }

  private static Op mbarrier(Insn insn) {
    String what =
        insn.require(
            "init",
            "inval",
            "arrive",
            "arrive_drop",
            "expect_tx",
            "complete_tx",
            "test_wait",
            "try_wait");
    return switch (what) {
      case "init" -> init(insn);
      case "inval" -> invalidate(insn);
      case "arrive" -> arrive(insn, MBarrierOps.Arrive.Kind.ARRIVE);
      case "arrive_drop" -> arrive(insn, MBarrierOps.Arrive.Kind.DROP);
      case "expect_tx" -> transaction(insn, MBarrierOps.Arrive.Kind.EXPECT_ONLY);
      case "complete_tx" -> transaction(insn, MBarrierOps.Arrive.Kind.COMPLETE_ONLY);
      default -> waiting(insn, what.equals("try_wait"));
    };
  }

  private static Op init(Insn insn) {
    Space space = space(insn);
    insn.require("b64");
    insn.requireCount(2, 2);
    return new MBarrierOps.Init(insn.address(0, space), insn.source(1, PtxType.U32));
  }

  private static Op invalidate(Insn insn) {
    Space space = space(insn);
    insn.require("b64");
    insn.requireCount(1, 1);
    return new MBarrierOps.Invalidate(insn.address(0, space));
  }

  private static Op arrive(Insn insn, MBarrierOps.Arrive.Kind kind) {
    boolean expects = insn.accept("expect_tx");
    boolean incomplete = insn.accept("noComplete");
    insn.ignore("release", "relaxed", "cta", "cluster");
    Space space = space(insn);
    insn.require("b64");
    // The state may be left out where it is a sink: mbarrier.arrive.b64 _, [a] or [a] alone.
    boolean named = !(insn.operand(0) instanceof PtxOperand.Address);
    int at = named ? 1 : 0;
    boolean more = insn.count() > at + 1;
    insn.requireCount(at + 1, at + 2);
    if ((expects || incomplete) && !more) {
      throw insn.error("DG-EMU-04", "lacks its count");
    }
    int amount = more ? insn.source(at + 1, PtxType.U32) : -1;
    return new MBarrierOps.Arrive(
        kind,
        insn.address(at, space),
        named ? insn.destination(0, PtxType.B64) : -1,
        expects ? -1 : amount,
        expects ? amount : -1);
  }

  private static Op transaction(Insn insn, MBarrierOps.Arrive.Kind kind) {
    insn.ignore("relaxed", "cta", "cluster");
    Space space = space(insn);
    insn.require("b64");
    insn.requireCount(2, 2);
    return new MBarrierOps.Arrive(
        kind, insn.address(0, space), -1, -1, insn.source(1, PtxType.U32));
  }

  private static Op waiting(Insn insn, boolean blocking) {
    boolean parity = insn.accept("parity");
    insn.ignore("acquire", "relaxed", "cta", "cluster");
    Space space = space(insn);
    insn.require("b64");
    insn.requireCount(3, blocking ? 4 : 3);
    if (insn.count() == 4) {
      insn.source(3, PtxType.U32); // the longest time to wait: time does not pass here
    }
    return new MBarrierOps.Wait(
        blocking,
        parity,
        insn.address(1, space),
        insn.destination(0, PtxType.PRED),
        insn.source(2, parity ? PtxType.U32 : PtxType.B64));
  }

  /**
   * Fences between threads change nothing, as threads of a cluster see each other's writes at once.
   * The one that matters is the fence between the generic and the asynchronous proxy.
   */
  private static Op fence(Insn insn) {
    if (insn.accept("proxy")) {
      if (insn.require("async", "alias").equals("alias")) {
        return new ControlOps.Nothing();
      }
      String space = insn.oneOf("global", "shared::cta", "shared::cluster");
      return "global".equals(space) ? new ControlOps.Nothing() : new BarrierOps.ProxyFence();
    }
    insn.ignore("mbarrier_init", "sc", "acq_rel", "acquire", "release");
    insn.require("cta", "cluster", "gpu", "sys");
    return new ControlOps.Nothing();
  }

  private static Op registers(Insn insn) {
    boolean increase = insn.require("inc", "dec").equals("inc");
    insn.require("sync");
    insn.require("aligned");
    insn.require("u32");
    insn.requireCount(1, 1);
    long count = insn.literal(0);
    if (count < 24 || count > 256 || count % 8 != 0) {
      throw insn.error("DG-EMU-04", "%d registers; legal: multiples of 8 from 24 to 256", count);
    }
    return new BarrierOps.SetMaxRegisters(increase, (int) count);
  }
}
