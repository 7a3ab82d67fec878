package dev.deepgemm.kernels.feed;

import dev.deepgemm.kernels.scale.Scales;
import dev.deepgemm.kernels.warpgroup.ClusterBarriers;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.work.KRange;
import dev.deepgemm.kernels.work.Step;
import dev.deepgemm.kernels.work.TileScheduler;
import dev.deepgemm.kernels.work.TileWalk;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U32Var;
import dev.deepgemm.ptx.sync.Pipeline;
import dev.deepgemm.ptx.sync.Rounds;
import dev.deepgemm.ptx.sync.Sync;

/** The producer: one thread that keeps the pipeline's slots filled. */
public final class Producer {
  private final Code code;
  private final Cta cta;
  private final TileScheduler scheduler;
  private final KRange range;
  private final MatrixFeed.Loader a;
  private final MatrixFeed.Loader b;
  private final Scales.Loader scales;
  private final int bytesPerSlot;
  private final U32 early;

  /**
   * What a slot is filled with.
   *
   * @param a left operand
   * @param b right operand
   * @param scales of both
   * @param early how much of it before the previous grid has ended
   */
  public record Feeds(MatrixFeed a, MatrixFeed b, Scales scales, EarlyStart early) {}

  /** The role in a CTA. */
  public Producer(Cta cta, TileScheduler scheduler, KRange range, Feeds feeds) {
    this.code = cta.code();
    this.cta = cta;
    this.scheduler = scheduler;
    this.range = range;
    this.a = feeds.a().loader(cta, cta.smem().a());
    this.b = feeds.b().loader(cta, cta.smem().b());
    this.scales = feeds.scales().loader(cta);
    this.bytesPerSlot =
        cta.smem().a().stride() + cta.smem().b().stride() + feeds.scales().bytesPerSlot();
    this.early = feeds.early().stepsOfB(code);
  }

  /**
   * Emits the role. One thread of the CTA executes it.
   *
   * <p>Where the launch says that B is constant, the first steps of B are fetched before the previous grid
   * has ended; what else belongs into their slots follows when it has.
   */
  public void emit(Pipeline pipeline) {
    code.section("producer: the first steps of B, if it is constant");
    Pipeline.ProducerCursor ring = pipeline.producer();
    U32Var begun = code.var(0);
    TileWalk walk = new TileWalk(code, scheduler);
    walk.first(
        place -> {
          code.set(begun, code.min(early, range.count()));
          U32 column = code.mul(place.n(), cta.tile().n());
          code.loop(
              code.u32(0),
              begun,
              code.u32(1),
              index -> {
                Pipeline.Filling filling = ring.acquire(bytesPerSlot);
                loadOfB(column, step(filling, place, index));
                filling.commit();
              });
        });
    code.section("producer: tiles");
    Sync.awaitPreviousGrid(code);
    Runnable awaitSlots = cta.spec().splitK() == 1 ? () -> {} : endOfExchange();
    walk.forEach(
        (place, next) -> {
          awaitSlots.run();
          U32 row = code.mul(place.m(), cta.tile().m());
          U32 column = code.mul(place.n(), cta.tile().n());
          code.loop(
              code.u32(0),
              begun,
              code.u32(1),
              index -> loadOfA(row, step(ring.announced(index), place, index)));
          code.loop(
              begun,
              range.count(),
              code.u32(1),
              index -> {
                Pipeline.Filling filling = ring.acquire(bytesPerSlot);
                Step step = step(filling, place, index);
                loadOfA(row, step);
                loadOfB(column, step);
                filling.commit();
              });
          code.set(begun, 0);
          code.comment("the next tile, while the slots are full");
          next.locate();
        });
  }

  /**
   * What waits, at the beginning of a tile, until the cluster no longer exchanges the last one's sums in
   * the slots ({@code ClusterReduction}). Before the first tile a fresh barrier answers at once.
   *
   * <p>Not where the CTA has no step of k: nothing would hold its math warps back until this thread has
   * seen their phase, and the parity of a later one says the same as that of none.
   */
  private Runnable endOfExchange() {
    ClusterBarriers barriers = ClusterBarriers.of(cta);
    Rounds tiles = Rounds.behind(code);
    return () -> {
      Rounds.Round round = tiles.begin();
      code.when(code.setp(Cmp.GT, range.count(), 0), () -> round.await(barriers.done()));
      round.end();
    };
  }

  private Step step(Pipeline.Destination to, TileScheduler.Place place, U32 index) {
    U32 kBlock = cta.spec().splitK() == 1 ? index : code.add(range.first(), index);
    return new Step(to, kBlock, code.mul(kBlock, cta.tile().k()), place.shared());
  }

  private void loadOfA(U32 row, Step step) {
    a.load(row, scheduler.rank(), step);
    scales.withA(row, step);
  }

  private void loadOfB(U32 column, Step step) {
    b.load(column, scheduler.rank(), step);
    scales.withB(column, step);
  }
}
