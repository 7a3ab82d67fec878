package dev.deepgemm.sm90;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.hopper.Dsmem;
import dev.deepgemm.ptx.hopper.Mbarrier;
import dev.deepgemm.ptx.hopper.Sync;
import java.util.List;

/**
 * Adds the sums of the CTAs of a cluster that split k, in the order of their ranks: the result does not
 * depend on which of them was faster, and no atomics are involved.
 *
 * <p>Why split at all. With few rows the time of a product is that of streaming B, and B streams only
 * as fast as every SM has loads in flight. A CTA per tile means narrow tiles (n = 2,112 over 132 SMs:
 * 16 columns), each with a chain of as many steps as k has blocks, and each reading all of A again. A
 * cluster of four with tiles four times as wide has a quarter of the steps per CTA and a quarter of
 * the traffic in A, at the price of this reduction, which is over in about a microsecond.
 *
 * <p>How. Each CTA but the first writes its sums to its own shared memory, makes them visible to the
 * asynchronous proxy, and one thread copies them in bulk to the first CTA's inbox of that rank; the
 * copy's bytes complete the first CTA's {@code arrived} barrier. (Stores to distributed shared memory
 * would need a release at cluster scope, which becomes a memory barrier of GPU scope; see
 * {@link Mbarrier#arriveRemote}.) When the first CTA has read all inboxes, each of its warps arrives at
 * the others' {@code consumed} barriers: only then may they overwrite what the copy read.
 *
 * <p>{@link SumExchange} says how sums lie in an inbox.
 */
final class ClusterReduction {
  private static final int NAMED_BARRIER = 4;

  private final Code code;
  private final KernelSpec spec;
  private final MathThreads threads;
  private final WarpgroupShape shape;
  private final SumExchange exchange;
  private final U32 rank;
  private final U32 inboxes;
  private final U32 arrived;
  private final U32 consumed;
  private final U32 parity;
  private final U32 parityFree;
  private final Pred isFirstThread;

  ClusterReduction(
      Code code, KernelSpec spec, KernelSmem smem, U32 base, MathThreads threads, KRange range) {
    this.code = code;
    this.spec = spec;
    this.threads = threads;
    this.shape = threads.shape();
    this.exchange = new SumExchange(code, threads);
    this.rank = range.rank();
    this.inboxes = smem.inboxes().at(code, base);
    this.arrived = smem.clusterBarriers().at(code, base);
    this.consumed = code.add(arrived, Mbarrier.BYTES);
    this.parity = code.u32(0);
    // A fresh barrier answers parity 1 at once: nothing has to be consumed before the first tile.
    this.parityFree = code.u32(1);
    this.isFirstThread =
        code.and(
            code.setp(Cmp.EQ, threads.thread(), 0), code.setp(Cmp.EQ, threads.rowWarpgroup(), 0));
  }

  /** Prepares the barriers. One thread only; a barrier of the cluster must follow. */
  static void init(Code code, KernelSpec spec, KernelSmem smem, U32 base) {
    WarpgroupShape shape = WarpgroupShape.of(spec);
    U32 arrived = smem.clusterBarriers().at(code, base);
    Mbarrier.init(code, arrived, 1);
    Mbarrier.init(
        code, code.add(arrived, Mbarrier.BYTES), shape.threadsPerGroup() / WarpgroupShape.WARP);
  }

  /** Adds up, then runs the body in the first CTA. Math threads of the first group along k call it. */
  void emit(List<List<F32>> sums, Runnable inFirstCta) {
    code.choose(
        code.setp(Cmp.EQ, rank, 0),
        () -> {
          takeOver(sums);
          inFirstCta.run();
        },
        () -> handOver(sums));
  }

  private void handOver(List<List<F32>> sums) {
    Mbarrier.await(code, consumed, parityFree);
    code.set(parityFree, code.xor(parityFree, 1));
    exchange.write(sums, inboxes);
    Sync.fenceProxyAsync(code);
    Sync.named(code, code.u32(NAMED_BARRIER), shape.threadsPerGroup());
    code.when(
        isFirstThread,
        () -> {
          U32 inbox = code.mad(code.sub(rank, 1), inboxBytes(), inboxes);
          U32 leader = code.u32(0);
          Dsmem.copy(
              code,
              Dsmem.address(code, inbox, leader),
              inboxes,
              inboxBytes(),
              Dsmem.address(code, arrived, leader));
        });
  }

  private void takeOver(List<List<F32>> sums) {
    int others = spec.splitK() - 1;
    code.when(isFirstThread, () -> Mbarrier.arriveExpectTx(code, arrived, others * inboxBytes()));
    Mbarrier.await(code, arrived, parity);
    code.set(parity, code.xor(parity, 1));
    exchange.add(sums, inboxes, others);
    Pred releases =
        code.and(
            code.setp(Cmp.GT, threads.lane(), 0), code.setp(Cmp.LT, threads.lane(), spec.splitK()));
    code.when(releases, () -> Mbarrier.arriveRemote(code, consumed, threads.lane()));
  }

  private int inboxBytes() {
    return exchange.bytes(spec.tile());
  }
}
