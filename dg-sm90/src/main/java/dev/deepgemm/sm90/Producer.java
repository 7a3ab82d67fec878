package dev.deepgemm.sm90;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.TensorMapAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U32Var;
import dev.deepgemm.ptx.smem.SmemRegion;
import dev.deepgemm.ptx.sync.Mbarrier;
import dev.deepgemm.ptx.sync.Pipeline;
import dev.deepgemm.ptx.sync.Rounds;
import dev.deepgemm.ptx.sync.Sync;
import dev.deepgemm.ptx.tma.TensorBox;
import dev.deepgemm.ptx.tma.Tma;
import org.jspecify.annotations.Nullable;

/**
 * The producer: one thread that keeps the pipeline's slots filled.
 *
 * <p>A shared operand is fetched in halves. Each CTA of the pair fetches its half and multicasts it
 * to both, so the load is balanced, and both expect the bytes of the whole tile. Where a pair does
 * not share (the odd last row, see {@link TileScheduler}), each CTA fetches both halves for itself; the
 * boxes stay the same, so one tensor map does for both.
 */
final class Producer {
  private static final int BOTH_CTAS = 0b11;

  private final Code code;
  private final KernelSpec spec;
  private final KernelSmem smem;
  private final SmemAddress base;
  private final TileScheduler scheduler;
  private final Operand a;
  private final Operand b;
  private final @Nullable ScalesOfA sfa;
  private final KRange range;
  private final U32 early;

  /**
   * One operand of the product.
   *
   * @param map its tensor map
   * @param region its slots
   * @param rows rows of a tile
   * @param shared whether the CTAs of a pair share it
   */
  private record Operand(TensorMapAddress map, SmemRegion region, int rows, boolean shared) {}

  /**
   * The scales of A.
   *
   * @param map their tensor map
   * @param across how far a step goes along x
   * @param down how far it goes along y
   */
  private record ScalesOfA(TensorMapAddress map, U32 across, U32 down) {}

  /**
   * One step along k on its way into a slot.
   *
   * @param to the slot
   * @param kBlock which step it is
   * @param x its first element
   * @param pairShares whether this pair of CTAs shares its operand; null without multicast
   */
  private record Step(Pipeline.Destination to, U32 kBlock, U32 x, @Nullable Pred pairShares) {}

  Producer(
      Code code,
      KernelSpec spec,
      KernelSmem smem,
      SmemAddress base,
      TileScheduler scheduler,
      KRange range,
      KernelParams params) {
    this.code = code;
    this.spec = spec;
    this.smem = smem;
    this.base = base;
    this.scheduler = scheduler;
    Multicast multicast = spec.multicast();
    TensorMapAddress mapA = code.addressOf(params.mapA());
    TensorMapAddress mapB = code.addressOf(params.mapB());
    this.a = new Operand(mapA, smem.a(), spec.tile().m(), multicast == Multicast.ON_A);
    this.b = new Operand(mapB, smem.b(), spec.tile().n(), multicast == Multicast.ON_B);
    KernelParams.Scales scales = params.scales();
    this.sfa =
        scales == null
            ? null
            : new ScalesOfA(
                code.addressOf(scales.mapSfa()),
                code.ldParam(scales.sfaAcross()),
                code.ldParam(scales.sfaDown()));
    this.range = range;
    this.early = code.ldParam(params.early().stepsOfB());
  }

  /**
   * Emits the role. One thread of the CTA executes it.
   *
   * <p>Where the launch says that B is constant, the first steps of B are fetched before the previous grid
   * has ended; what else belongs into their slots follows when it has.
   */
  void emit(Pipeline pipeline) {
    code.section("producer: the first steps of B, if it is constant");
    Pipeline.ProducerCursor ring = pipeline.producer();
    U32Var begun = code.var(0);
    TileWalk walk = new TileWalk(code, scheduler);
    walk.first(
        place -> {
          code.set(begun, code.min(early, range.count()));
          U32 column = code.mul(place.n(), spec.tile().n());
          code.loop(
              code.u32(0),
              begun,
              code.u32(1),
              index -> {
                Pipeline.Filling filling = ring.acquire(bytesPerSlot());
                load(b, column, step(filling, place, index));
                filling.commit();
              });
        });
    code.section("producer: tiles");
    Sync.awaitPreviousGrid(code);
    Runnable awaitSlots = spec.splitK() == 1 ? () -> {} : endOfExchange();
    walk.forEach(
        (place, next) -> {
          awaitSlots.run();
          U32 row = code.mul(place.m(), spec.tile().m());
          U32 column = code.mul(place.n(), spec.tile().n());
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
                Pipeline.Filling filling = ring.acquire(bytesPerSlot());
                Step step = step(filling, place, index);
                loadOfA(row, step);
                load(b, column, step);
                filling.commit();
              });
          code.set(begun, 0);
          code.comment("the next tile, while the slots are full");
          next.locate();
        });
  }

  /**
   * What waits, at the beginning of a tile, until the cluster no longer exchanges the last one's sums in
   * the slots ({@link ClusterReduction}). Before the first tile a fresh barrier answers at once.
   *
   * <p>Not where the CTA has no step of k: nothing would hold its math warps back until this thread has
   * seen their phase, and the parity of a later one says the same as that of none.
   */
  private Runnable endOfExchange() {
    ClusterBarriers barriers = ClusterBarriers.of(code, smem, base);
    Rounds tiles = Rounds.behind(code);
    return () -> {
      Rounds.Round round = tiles.begin();
      code.when(code.setp(Cmp.GT, range.count(), 0), () -> round.await(barriers.done()));
      round.end();
    };
  }

  private Step step(Pipeline.Destination to, TileScheduler.Place place, U32 index) {
    U32 kBlock = spec.splitK() == 1 ? index : code.add(range.first(), index);
    return new Step(to, kBlock, code.mul(kBlock, spec.tile().k()), place.shared());
  }

  private void loadOfA(U32 row, Step step) {
    load(a, row, step);
    if (sfa != null) {
      SmemAddress scales = smem.sfa().at(code, base, step.to().slot());
      U32 x = code.mad(step.kBlock(), sfa.across(), row);
      U32 y = code.mul(step.kBlock(), sfa.down());
      Tma.load(code, scales, TensorBox.of(sfa.map(), x, y), step.to().barrier());
    }
  }

  private int bytesPerSlot() {
    int scales = sfa == null ? 0 : spec.tile().m() * Float.BYTES;
    return smem.a().stride() + smem.b().stride() + scales;
  }

  private void load(Operand operand, U32 y, Step step) {
    Mbarrier barrier = step.to.barrier();
    SmemAddress slot = operand.region.at(code, base, step.to.slot());
    if (!operand.shared || step.pairShares == null) {
      Tma.load(code, slot, TensorBox.of(operand.map, step.x, y), barrier);
      return;
    }
    int rows = operand.rows / 2;
    int bytes = operand.region.stride() / 2;
    code.choose(
        step.pairShares,
        () -> {
          SmemAddress mine = code.mad(scheduler.rank(), bytes, slot);
          U32 myRow = code.mad(scheduler.rank(), rows, y);
          TensorBox box = TensorBox.of(operand.map, step.x, myRow);
          Tma.loadMulticast(code, mine, box, barrier, BOTH_CTAS);
        },
        () -> {
          SmemAddress second = code.add(slot, bytes);
          Tma.load(code, slot, TensorBox.of(operand.map, step.x, y), barrier);
          U32 secondRow = code.add(y, rows);
          Tma.load(code, second, TensorBox.of(operand.map, step.x, secondRow), barrier);
        });
  }
}
