package dev.deepgemm.sm90;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Special;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U64;

/**
 * Asks memory for the first steps of B while the previous grid still works.
 *
 * <p>A CTA that was let in early may read nothing before that grid has ended, but it may ask for lines to
 * be brought into the L2 cache: writes of other SMs go there too, so what arrives cannot be out of date,
 * whoever writes it. That hides the latency of memory, not that of the cache, and needs no promise of the
 * caller. Where B is promised to be constant ({@link dev.deepgemm.api.GemmOperands#constantB}) the
 * producer does better and fetches it, and this does nothing.
 *
 * <p>The three warps beside the producer's do it, which have nothing else to do, as the first thing in a
 * CTA: some 1,500 cycles pass from there until the previous grid is known to have ended, and memory rests
 * meanwhile. A line of 128 bytes is one step of one row, and each thread asks for every 96th. They ask for
 * few lines, and for those of the first steps: measured on an H100, about {@value #LINES} took 0.2 to 0.5 us
 * off products of ten, while a thousand added one, since all this is in front of the first load when there
 * was no time to hide it in. (Asking by {@code cp.async.bulk.prefetch.tensor} instead costs 10 ns a row and blocks the copy
 * engine meanwhile: up to 5 us more.)
 *
 * <p>A is left out: it is what the previous grid wrote, or small.
 */
final class Prefetcher {
  static final int LINES = 384;
  private static final int MOST_STEPS = 16;
  private static final int LINE_BYTES = 128;
  private static final int HELPERS = WarpgroupShape.WARPGROUP - WarpgroupShape.WARP;

  private final Code code;
  private final KernelSpec spec;
  private final KernelParams params;

  Prefetcher(Code code, KernelSpec spec, KernelParams params) {
    this.code = code;
    this.spec = spec;
    this.params = params;
  }

  /** Emits the role; all threads of the producer's warpgroup but its first warp execute it. */
  void emit() {
    KernelParams.EarlyB b = params.earlyB();
    U32 lines = code.ldParam(b.lines());
    code.when(code.setp(Cmp.GT, lines, 0), () -> ask(b, lines));
  }

  private void ask(KernelParams.EarlyB b, U32 lines) {
    KRange range = KRange.of(code, spec, params);
    U64 address = code.ldParam(b.address());
    U32 stride = code.ldParam(b.stride16());
    U32 lastRow = code.sub(code.ldParam(b.rows()), 1);
    U32 lastStep = code.sub(range.all(), 1);
    U32 helper = code.sub(code.special(Special.TID_X), spec.threads().math() + WarpgroupShape.WARP);
    int columns = spec.tile().n();
    int steps = Math.max(1, Math.min(MOST_STEPS, LINES / columns));
    TileWalk walk = new TileWalk(code, new TileOrder(code, spec, params));
    walk.first(
        place -> {
          U32 firstRow = code.mul(place.n(), columns);
          code.loop(
              helper,
              code.min(lines, code.u32(columns * steps)),
              code.u32(HELPERS),
              index -> {
                U32 row = code.min(code.add(firstRow, code.div(index, steps)), lastRow);
                U32 step = code.min(code.add(range.first(), code.rem(index, steps)), lastStep);
                U64 start = code.madWide(code.mul(row, KernelParams.STRIDE_UNIT), stride, address);
                code.prefetchL2(code.madWide(step, LINE_BYTES, start));
              });
        });
  }
}
