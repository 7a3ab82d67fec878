package dev.deepgemm.emulator.internal.decode;

import dev.deepgemm.emulator.internal.machine.Addresses.Space;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.ops.AsyncCopyOps;
import dev.deepgemm.emulator.internal.ops.ClusterCopy;
import dev.deepgemm.emulator.internal.ops.ControlOps;
import dev.deepgemm.emulator.internal.ops.CopyOps;
import dev.deepgemm.emulator.internal.ops.MemoryOps;
import dev.deepgemm.emulator.internal.parse.PtxOperand;
import dev.deepgemm.emulator.internal.parse.PtxType;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** {@code cp.async}, {@code cp.async.bulk} and {@code cp.reduce.async.bulk}. */
final class AsyncDecoder {
  private AsyncDecoder() {}

  static void register(Map<String, Function<Insn, Op>> table) {
    table.put("cp", AsyncDecoder::copy);
  }

  private static Op copy(Insn insn) {
    boolean reduces = insn.accept("reduce");
    insn.require("async");
    if (!insn.accept("bulk")) {
      return elementwise(insn);
    } else if (insn.accept("commit_group")) {
      return new CopyOps.Commit();
    } else if (insn.accept("wait_group")) {
      boolean reading = insn.accept("read");
      insn.requireCount(1, 1);
      return new CopyOps.WaitGroup((int) insn.literal(0), reading);
    } else if (insn.accept("prefetch")) {
      insn.ignore("tensor", "1d", "2d", "3d", "4d", "5d", "L2", "global", "tile");
      insn.ignore("L2::cache_hint");
      return new ControlOps.Nothing();
    }
    return bulk(insn, reduces);
  }

  private static Op bulk(Insn insn, boolean reduces) {
    boolean tensor = insn.accept("tensor");
    int rank = 0;
    if (tensor) {
      rank = insn.require("1d", "2d", "3d", "4d", "5d").charAt(0) - '0';
      insn.ignore("tile");
    }
    boolean hinted = insn.accept("L2::cache_hint");
    String to = insn.require("shared::cluster", "shared::cta", "global");
    if (reduces && !(insn.accept("add") && tensor)) {
      throw insn.error("DG-EMU-03", "modelled of cp.reduce is the tensor form of .add");
    }
    // Of two spaces the first is the destination; "global" first means a store.
    boolean store = to.equals("global") || insn.accept("bulk_group");
    if (store) {
      insn.ignore("global", "shared::cta", "bulk_group");
      return store(insn, tensor ? rank : -1, reduces, hinted);
    }
    if (!tensor && insn.accept("shared::cta")) {
      insn.require("mbarrier::complete_tx::bytes");
      insn.requireCount(4, 4);
      return new ClusterCopy(
          insn.address(0, Space.SHARED_CLUSTER),
          insn.address(1, Space.SHARED_CTA),
          insn.source(2, PtxType.U32),
          insn.address(3, Space.SHARED_CLUSTER));
    }
    insn.require("global");
    insn.require("mbarrier::complete_tx::bytes");
    boolean multicast = insn.accept("multicast::cluster");
    return load(insn, tensor ? rank : -1, multicast, hinted);
  }

  private static Op load(Insn insn, int rank, boolean multicast, boolean hinted) {
    int at = rank < 0 ? 3 : 2; // of the mbarrier: in front of it the form without tensor has a size
    int count = at + 1 + (multicast ? 1 : 0) + (hinted ? 1 : 0);
    insn.requireCount(count, count);
    MemoryOps.At destination = insn.address(0, Space.SHARED_CLUSTER);
    MemoryOps.At barrier = insn.address(at, Space.SHARED_CLUSTER);
    int mask = multicast ? insn.source(at + 1, PtxType.B16) : -1;
    if (rank >= 0) {
      return new CopyOps.Load(tensor(insn, 1, rank), 0, 0, 0, destination, barrier, mask);
    }
    MemoryOps.At source = insn.address(1, Space.GLOBAL);
    int size = insn.source(2, PtxType.U32);
    return new CopyOps.Load(null, source.row(), source.offset(), size, destination, barrier, mask);
  }

  private static Op store(Insn insn, int rank, boolean reduces, boolean hinted) {
    int count = (rank < 0 ? 3 : 2) + (hinted ? 1 : 0);
    insn.requireCount(count, count);
    MemoryOps.At source = insn.address(1, Space.SHARED_CTA);
    if (rank >= 0) {
      return new CopyOps.Store(tensor(insn, 0, rank), 0, 0, 0, source, reduces);
    }
    MemoryOps.At destination = insn.address(0, Space.GLOBAL);
    return new CopyOps.Store(
        null, destination.row(), destination.offset(), insn.source(2, PtxType.U32), source, false);
  }

  private static CopyOps.Tensor tensor(Insn insn, int i, int rank) {
    if (!(insn.operand(i) instanceof PtxOperand.TensorAddress address)) {
      throw insn.error("DG-EMU-04", "operand %d must be [map, {coordinates}]", i);
    }
    List<PtxOperand> coordinates = address.coordinates().elements();
    if (coordinates.size() != rank) {
      throw insn.error("DG-EMU-04", "%d coordinates for %d dimensions", coordinates.size(), rank);
    }
    int[] rows = new int[rank];
    for (int d = 0; d < rank; d++) {
      rows[d] = insn.source(coordinates.get(d), PtxType.S32);
    }
    return new CopyOps.Tensor(insn.pointer(address.map()), rows);
  }

  private static Op elementwise(Insn insn) {
    if (insn.accept("commit_group")) {
      return new AsyncCopyOps.Commit();
    } else if (insn.accept("wait_all")) {
      return new AsyncCopyOps.Wait(-1);
    } else if (insn.accept("wait_group")) {
      insn.requireCount(1, 1);
      return new AsyncCopyOps.Wait((int) insn.literal(0));
    } else if (insn.accept("mbarrier")) {
      insn.require("arrive");
      boolean noIncrement = insn.accept("noinc");
      boolean shared = insn.oneOf("shared", "shared::cta") != null;
      insn.require("b64");
      insn.requireCount(1, 1);
      return new AsyncCopyOps.Arrive(
          insn.address(0, shared ? Space.SHARED_CTA : Space.GENERIC), !noIncrement);
    }
    boolean l1 = insn.require("ca", "cg").equals("ca");
    insn.require("shared", "shared::cta");
    insn.require("global");
    boolean hinted = insn.accept("L2::cache_hint");
    insn.ignorePrefix("L2::");
    int fixed = hinted ? 4 : 3;
    insn.requireCount(3, fixed + 1);
    int bytes = (int) insn.literal(2);
    if (l1 ? bytes != 4 && bytes != 8 && bytes != 16 : bytes != 16) {
      throw insn.error("DG-EMU-04", "%d bytes; legal: %s", bytes, l1 ? "4, 8, 16" : "16");
    }
    return new AsyncCopyOps.Copy(
        insn.address(0, Space.SHARED_CTA),
        insn.address(1, Space.GLOBAL),
        bytes,
        insn.count() > fixed ? insn.source(3, PtxType.U32) : -1);
  }
}
