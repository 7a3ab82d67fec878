package dev.deepgemm.kernels.math;

import dev.deepgemm.kernels.feed.Producer;
import dev.deepgemm.kernels.warpgroup.ClusterBarriers;
import dev.deepgemm.kernels.warpgroup.ColumnShares;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.KernelSmem;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.warpgroup.WarpgroupShape;
import dev.deepgemm.kernels.work.KRange;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.smem.Fragment;
import dev.deepgemm.ptx.sync.Dsmem;
import dev.deepgemm.ptx.sync.Mbarrier;
import dev.deepgemm.ptx.sync.NamedBarrier;
import dev.deepgemm.ptx.sync.Rounds;
import dev.deepgemm.ptx.sync.Sync;
import java.util.List;
import java.util.function.Consumer;

/**
 * Adds the sums of the CTAs of a cluster that split k: each CTA adds up and stores the columns that are
 * its share ({@link ColumnShares}). Its own sums come first and the others' follow in the order of their
 * ranks: the result does not depend on which of them was faster, and no atomics are involved.
 *
 * <p><b>Why split at all.</b> With few rows the time of a product is that of streaming B, and B streams
 * only as fast as every SM has loads in flight. A CTA per tile means narrow tiles (n = 2,112 over 132 SMs:
 * 16 columns), each with a chain of as many steps as k has blocks, and each reading all of A again. A
 * cluster of four with tiles four times as wide has a quarter of the steps per CTA and a quarter of
 * the traffic in A, at the price of this reduction.
 *
 * <p><b>Why by columns.</b> If one CTA added up the whole tile, it would take in S - 1 times its sums and
 * store them, while the others waited. So each takes in and stores an S-th: every CTA of the cluster
 * sends, receives and stores as much as the others.
 *
 * <p><b>Why in the slots.</b> What is sent lies in shared memory first (stores to distributed shared memory
 * would need a release at cluster scope, which becomes a memory barrier of GPU scope; see {@link
 * Mbarrier#arriveRemote}), and what is received lies there too. A place of its own for both would cost a
 * large tile most of its pipeline. But when a tile's loop is over its slots lie idle, and the next
 * tile's loads can wait for the microsecond that this takes: the outbox, and behind it the inbox, are
 * the slots of A and B.
 *
 * <p><b>How</b>, tile by tile; the barriers are those of {@link ClusterBarriers}.
 *
 * <ol>
 *   <li>A warp that has left the loop arrives at {@code ready} of every CTA. When that has completed, no
 *       wgmma reads a slot of the cluster, and no load is in flight in one.
 *   <li>The warps write what the other CTAs are to get to the outbox, one place for each of them, make it
 *       visible to the asynchronous proxy, and one thread copies each place in bulk into the inbox of its
 *       CTA, where every other CTA has a place. The bytes complete {@code arrived} there.
 *   <li>Each warp adds what has arrived to its own sums, and arrives at {@code done} of every CTA. When that
 *       has completed, everything was taken in, and hence everything was sent: the producer may fill
 *       slots again ({@link Producer}).
 * </ol>
 *
 * <p><b>Hazards.</b> What threads read and wrote in the slots, TMA will overwrite: a fence between the proxies
 * comes before {@code done}, as one comes before the copies. A CTA without a step of k in the tile has no
 * loads that would hold it back, so its warps wait for {@code done} themselves before they arrive at the
 * next tile's {@code ready}; otherwise they could be a phase ahead of the others, and a parity bit does
 * not tell two phases apart (arrivals may reach the CTAs of a cluster at different times). For the same
 * reason its producer, which would be behind, never waits. In all other CTAs that wait returns at once.
 *
 * <p>{@link SumExchange} says how sums lie in a place.
 */
public final class ClusterReduction {
  private final Code code;
  private final KernelSmem smem;
  private final SmemAddress base;
  private final Cta cta;
  private final MathThreads threads;
  private final WarpgroupShape shape;
  private final ColumnShares shares;
  private final int others;
  private final U32 rank;
  private final NamedBarrier meeting;
  private final Rounds tiles;

  /** The role of a math warp. */
  public ClusterReduction(Cta cta, MathThreads threads, KRange range) {
    this.code = cta.code();
    this.cta = cta;
    this.smem = cta.smem();
    this.base = cta.base();
    this.threads = threads;
    this.shape = threads.shape();
    this.shares = ColumnShares.of(cta.spec());
    this.others = cta.spec().splitK() - 1;
    this.rank = range.rank();
    this.meeting = cta.barriers().firstSlice();
    this.tiles = Rounds.of(code);
  }

  /**
   * Bytes of the slots that the exchange takes.
   *
   * @param shape how the tile is divided in a CTA
   * @param shares how it is divided among CTAs
   */
  public static int bytes(WarpgroupShape shape, ColumnShares shares) {
    return 2 * (shares.ctas() - 1) * shape.sumBytes(shares.full());
  }

  /**
   * Adds up, then hands this CTA's sums to the body, if it has columns. Math threads of the first slice
   * along k call it.
   */
  public void emit(List<List<F32Var>> sums, Consumer<List<List<F32Var>>> store) {
    code.section("math: sums of the cluster");
    // Addresses are worked out here, tile by tile: the loop has no registers to keep them in.
    ClusterBarriers barriers = ClusterBarriers.of(cta);
    // Before the first tile: a fresh barrier answers the parity of the phase before its first.
    Rounds.Round round = tiles.begin();
    round.awaitPrevious(barriers.done());
    code.comment("nobody needs the slots any more");
    arriveEverywhere(barriers.ready());
    round.await(barriers.ready());
    SumExchange exchange = new SumExchange(code, threads);
    SmemAddress outbox = smem.a().first(code, base);
    SmemAddress inbox = code.add(outbox, others * placeBytes());
    code.comment("to the outbox, and from there to the others");
    send(sums, exchange, outbox);
    code.when(isFirstThread(), () -> copy(outbox, inbox, barriers.arrived()));
    code.comment("what the others sent");
    // Sent, or the first CTA's own: registers that are free for any CTA's own columns.
    List<List<F32Var>> mine = columnsOf(sums, 0);
    whereItHasColumns(
        () -> {
          moveOwn(sums, mine);
          round.await(barriers.arrived());
          receive(mine, exchange, inbox);
        });
    Sync.warpFenceProxyAsync(code);
    code.comment("the slots are the producer's again");
    arriveEverywhere(barriers.done());
    round.end();
    whereItHasColumns(() -> store.accept(mine));
  }

  /** Arrives at a barrier of every CTA of the cluster, by one lane each. */
  private void arriveEverywhere(Mbarrier barrier) {
    code.when(
        code.setp(Cmp.LE, threads.lane(), others), () -> barrier.arriveRemote(threads.lane()));
  }

  /** Fills the outbox, as far as asynchronous copies are concerned too. */
  private void send(List<List<F32Var>> sums, SumExchange exchange, SmemAddress outbox) {
    whereOthersHaveColumns(
        to -> exchange.write(columnsOf(sums, to), place(outbox, placeAmongOthers(to))));
    Sync.fenceProxyAsync(code);
    meeting.inRegister(code).sync(code);
  }

  /** What one thread does: it announces what will come, and copies what goes. */
  private void copy(SmemAddress outbox, SmemAddress inbox, Mbarrier arrived) {
    whereItHasColumns(() -> arrived.arriveExpectTx(expected()));
    whereOthersHaveColumns(
        to -> {
          U32 target = code.u32(to);
          Dsmem.copy(
              code,
              code.inCluster(place(inbox, myPlaceAt(to)), target),
              place(outbox, placeAmongOthers(to)),
              shape.sumBytes(shares.of(to)),
              arrived.inCluster(target));
        });
  }

  private void moveOwn(List<List<F32Var>> sums, List<List<F32Var>> mine) {
    for (int owner = 1; owner < shares.owners(); owner++) {
      int from = owner;
      code.when(code.setp(Cmp.EQ, rank, from), () -> move(columnsOf(sums, from), mine));
    }
  }

  private void receive(List<List<F32Var>> mine, SumExchange exchange, SmemAddress inbox) {
    int some = Fragment.registers(shares.last());
    int all = Fragment.registers(shares.full());
    exchange.add(slice(mine, 0, some), inbox, others, placeBytes());
    if (some < all) {
      SmemAddress rest = code.add(inbox, shape.sumBytes(shares.last()));
      code.when(
          hasFullShare(), () -> exchange.add(slice(mine, some, all), rest, others, placeBytes()));
    }
  }

  private void move(List<List<F32Var>> from, List<List<F32Var>> to) {
    for (int slab = 0; slab < from.size(); slab++) {
      for (int i = 0; i < from.get(slab).size(); i++) {
        code.set(to.get(slab).get(i), from.get(slab).get(i));
      }
    }
  }

  private U32 expected() {
    U32 ofAll = code.u32(others * shape.sumBytes(shares.full()));
    return shares.even()
        ? ofAll
        : code.selp(ofAll, code.u32(others * shape.sumBytes(shares.last())), hasFullShare());
  }

  private Pred hasFullShare() {
    return code.setp(Cmp.LT, rank, shares.columns() / shares.full());
  }

  private Pred isFirstThread() {
    return code.and(
        code.setp(Cmp.EQ, threads.thread(), 0), code.setp(Cmp.EQ, threads.rowWarpgroup(), 0));
  }

  private void whereItHasColumns(Runnable body) {
    if (shares.owners() == shares.ctas()) {
      body.run();
    } else {
      code.when(code.setp(Cmp.LT, rank, shares.owners()), body);
    }
  }

  private void whereOthersHaveColumns(Consumer<Integer> body) {
    for (int owner = 0; owner < shares.owners(); owner++) {
      int to = owner;
      code.when(code.setp(Cmp.NE, rank, to), () -> body.accept(to));
    }
  }

  /** Which place another CTA has in this one's boxes: those of higher ranks move up by one. */
  private U32 placeAmongOthers(int other) {
    if (other == 0 || other == others) {
      return code.u32(Math.max(0, other - 1));
    }
    return code.selp(other - 1, other, code.setp(Cmp.LT, rank, other));
  }

  /** Which place this CTA has in another one's boxes. */
  private U32 myPlaceAt(int other) {
    return code.sub(rank, code.selp(1, 0, code.setp(Cmp.GT, rank, other)));
  }

  private SmemAddress place(SmemAddress box, U32 index) {
    return code.mad(index, placeBytes(), box);
  }

  private int placeBytes() {
    return shape.sumBytes(shares.full());
  }

  /** The registers with the columns of a rank. */
  private List<List<F32Var>> columnsOf(List<List<F32Var>> sums, int owner) {
    int first = owner * Fragment.registers(shares.full());
    return slice(sums, first, first + Fragment.registers(shares.of(owner)));
  }

  private static List<List<F32Var>> slice(List<List<F32Var>> sums, int from, int to) {
    return sums.stream().map(slab -> slab.subList(from, to)).toList();
  }
}
