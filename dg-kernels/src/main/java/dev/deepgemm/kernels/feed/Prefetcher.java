package dev.deepgemm.kernels.feed;

import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.kernels.launch.PlainMatrix;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.WarpgroupShape;
import dev.deepgemm.kernels.work.DenseWork;
import dev.deepgemm.kernels.work.KRange;
import dev.deepgemm.kernels.work.TileScheduler;
import dev.deepgemm.kernels.work.TileWalk;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.SpecialRegister;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U64;

/**
 * Asks memory for the first steps of B, and for A, while the previous grid still works.
 *
 * <p>A CTA that was let in early may read nothing before that grid has ended, but it may ask for lines to
 * be brought into the L2 cache: writes of other SMs go there too, so what arrives cannot be out of date,
 * whoever writes it. That hides the latency of memory, not that of the cache, and needs no promise of the
 * caller. Where B is promised to be constant ({@link dev.deepgemm.api.launch.GemmOperands#constantB}) the
 * producer does better and fetches it.
 *
 * <p>The three warps beside the producer's do it, which have nothing else to do, as the first thing in a
 * CTA: some 1,500 cycles pass from there until the previous grid is known to have ended, and memory rests
 * meanwhile. A line of 128 bytes is one step of one row.
 *
 * <p><b>B</b>: each CTA asks for lines of its own columns, few, and those of the first steps. Measured on
 * an H100, {@value #LINES_OF_B} took 0.2 to 0.5 us off products of ten, half as many a little less; twice
 * as many cost up to as much as these gain, since they are in front of the first load when there is no
 * time to hide them in. (Asking by {@code cp.async.bulk.prefetch.tensor} instead costs 10 ns a row and
 * blocks the copy engine meanwhile: up to 5 us more.)
 *
 * <p><b>A</b> is the same for all CTAs along n: each asks for its share of {@value #LINES_OF_A} lines. If
 * the previous grid has just written A, it is in the cache already, and nothing is lost.
 */
public final class Prefetcher {
  /** Lines of B that a CTA asks for. */
  static final int LINES_OF_B = 384;

  private static final int HELPERS = WarpgroupShape.WARPGROUP - WarpgroupShape.WARP;

  /** One line per thread. */
  static final int LINES_OF_A = HELPERS;

  private static final int MOST_STEPS = 16;
  private static final int LINE_BYTES = 128;

  private final Code code;
  private final Cta cta;
  private final DenseWork work;
  private final EarlyStart early;
  private final KRange range;
  private final U32 helper;

  /** The role of helpers in a CTA. */
  public Prefetcher(Cta cta, DenseWork work, EarlyStart early) {
    this.code = cta.code();
    this.cta = cta;
    this.work = work;
    this.early = early;
    this.range = work.range(code);
    this.helper =
        code.sub(
            code.special(SpecialRegister.TID_X),
            cta.spec().threads().of(ThreadRoles.MATH) + WarpgroupShape.WARP);
  }

  /** Emits the role; all threads of the producer's warpgroup but its first warp execute it. */
  public void emit() {
    U32 linesOfA = early.linesOfA(code);
    U32 linesOfB = early.linesOfB(code);
    code.when(
        code.setp(Cmp.GT, code.add(linesOfA, linesOfB), 0),
        () ->
            new TileWalk(code, work.scheduler(code))
                .first(
                    place -> {
                      askForA(place, linesOfA);
                      askForB(place, linesOfB);
                    }));
  }

  /** All rows of a step, then those of the next one, dealt out to the tiles along n. */
  private void askForA(TileScheduler.Place place, U32 lines) {
    code.comment("lines of A");
    int rows = cta.tile().m();
    U32 line = code.mad(place.n(), LINES_OF_A, helper);
    U32 step = code.div(line, rows);
    code.when(
        code.and(code.setp(Cmp.LT, helper, lines), code.setp(Cmp.LT, step, range.all())),
        () -> ask(early.a(), code.mad(place.m(), rows, code.rem(line, rows)), step));
  }

  /** Some steps of a row, then those of the next one. */
  private void askForB(TileScheduler.Place place, U32 lines) {
    code.comment("lines of B");
    int columns = cta.tile().n();
    int steps = Math.max(1, Math.min(MOST_STEPS, LINES_OF_B / columns));
    U32 firstRow = code.mul(place.n(), columns);
    U32 lastStep = code.sub(range.all(), 1);
    code.loop(
        helper,
        code.min(lines, code.u32(columns * steps)),
        code.u32(HELPERS),
        index -> {
          U32 step = code.min(code.add(range.first(), code.rem(index, steps)), lastStep);
          ask(early.b(), code.add(firstRow, code.div(index, steps)), step);
        });
  }

  private void ask(PlainMatrix matrix, U32 row, U32 step) {
    U32 existing = code.min(row, code.sub(code.ldParam(matrix.rows()), 1));
    U64 start =
        code.madWide(
            code.mul(existing, PlainMatrix.STRIDE_UNIT),
            code.ldParam(matrix.stride16()),
            code.ldParam(matrix.address()));
    code.prefetchL2(code.madWide(step, LINE_BYTES, start));
  }
}
