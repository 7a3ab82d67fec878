package dev.deepgemm.sm90;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.Tile;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U64;
import dev.deepgemm.ptx.hopper.Mbarrier;
import dev.deepgemm.ptx.hopper.Pipeline;
import dev.deepgemm.ptx.hopper.SmemRegion;
import dev.deepgemm.ptx.hopper.Tma;
import org.jspecify.annotations.Nullable;

/**
 * The producer: one thread that keeps the pipeline's slots filled.
 *
 * <p>A shared operand is fetched in halves. Each CTA of the pair fetches its half and multicasts it
 * to both, so the load is balanced, and both expect the bytes of the whole tile. Where a pair does
 * not share (the odd last row, see {@link TileOrder}), each CTA fetches both halves for itself; the
 * boxes stay the same, so one tensor map does for both.
 */
final class Producer {
  private final Code code;
  private final KernelSpec spec;
  private final KernelSmem smem;
  private final U32 base;
  private final TileOrder order;
  private final U64 mapA;
  private final U64 mapB;
  private final @Nullable U64 mapSfa;
  private final U32 kBlocks;

  Producer(
      Code code, KernelSpec spec, KernelSmem smem, U32 base, TileOrder order, KernelParams params) {
    this.code = code;
    this.spec = spec;
    this.smem = smem;
    this.base = base;
    this.order = order;
    this.mapA = code.addressOf(params.mapA());
    this.mapB = code.addressOf(params.mapB());
    KernelParams.Scales scales = params.scales();
    this.mapSfa = scales == null ? null : code.addressOf(scales.mapSfa());
    this.kBlocks = code.ldParam(params.kBlocks());
  }

  /** Emits the role. One thread of the CTA executes it. */
  void emit(Pipeline pipeline) {
    Tile tile = spec.tile();
    Pipeline.Cursor cursor = pipeline.producer();
    order.forEach(
        place -> {
          U32 row = code.mul(place.m(), tile.m());
          U32 column = code.mul(place.n(), tile.n());
          code.repeat(
              kBlocks,
              kBlock -> {
                cursor.awaitEmpty();
                U32 full = cursor.full();
                Mbarrier.arriveExpectTx(code, full, bytesPerSlot());
                U32 x = code.mul(kBlock, tile.k());
                load(
                    isShared(Multicast.ON_A),
                    mapA,
                    smem.a(),
                    cursor,
                    x,
                    row,
                    tile.m(),
                    place.shared());
                load(
                    isShared(Multicast.ON_B),
                    mapB,
                    smem.b(),
                    cursor,
                    x,
                    column,
                    tile.n(),
                    place.shared());
                if (mapSfa != null) {
                  U32 slot = smem.sfa().at(code, base, cursor.slot());
                  Tma.load(code, slot, mapSfa, row, kBlock, full);
                }
                cursor.advance();
              });
        });
  }

  private boolean isShared(Multicast side) {
    return spec.multicast() == side;
  }

  private int bytesPerSlot() {
    int scales = mapSfa == null ? 0 : spec.tile().m() * Float.BYTES;
    return smem.a().stride() + smem.b().stride() + scales;
  }

  private void load(
      boolean multicast,
      U64 map,
      SmemRegion region,
      Pipeline.Cursor cursor,
      U32 x,
      U32 y,
      int rows,
      @Nullable Pred shared) {
    U32 slot = region.at(code, base, cursor.slot());
    U32 full = cursor.full();
    if (!multicast || shared == null) {
      Tma.load(code, slot, map, x, y, full);
      return;
    }
    int halfRows = rows / 2;
    int halfBytes = region.stride() / 2;
    code.choose(
        shared,
        () -> {
          U32 destination = code.mad(order.rank(), halfBytes, slot);
          U32 mine = code.mad(order.rank(), halfRows, y);
          Tma.loadMulticast(code, destination, map, x, mine, full, 0b11);
        },
        () -> {
          Tma.load(code, slot, map, x, y, full);
          Tma.load(code, code.add(slot, halfBytes), map, x, code.add(y, halfRows), full);
        });
  }
}
