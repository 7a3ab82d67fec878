package dev.deepgemm.sm90;

import static dev.deepgemm.api.IntMath.gcd;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Scaling;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U64;
import dev.deepgemm.ptx.hopper.Accumulator;
import dev.deepgemm.ptx.hopper.Pipeline;
import dev.deepgemm.ptx.hopper.Wgmma;
import dev.deepgemm.ptx.hopper.WgmmaAtom;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The main loop with block scales: every 128 of k the product leaves the tensor cores and is added,
 * scaled, to FP32 sums in other registers ("promotion").
 *
 * <p>Promotion is what the scales need, and it repairs accuracy as well: Hopper sums FP8 products
 * with about 14 bits of fraction, which 128 of k bear and 16,384 do not. It costs one multiply-add
 * per element and block; with two math warpgroups one of them promotes while the other one's
 * instructions run.
 *
 * <p><b>Scales of A</b>, one per row and block of k, come through the pipeline with the tile: a
 * thread reads two floats, one for each of its rows.
 *
 * <p><b>Scales of B</b>, one per 128 x 128 block, are the same for the whole tile or differ in two
 * column ranges. They are read straight from global memory ({@link ScaleStream}), and no barrier is spent
 * at the start of a tile.
 * (DeepGEMM stages them in shared memory before the main loop; the room for it stays reserved,
 * because the number of stages depends on it.)
 *
 * <p><b>Two column ranges.</b> Where 128 is not a multiple of block_n, the boundary between two
 * blocks of B's scales moves from tile to tile, in steps of gcd(block_n, 128) columns. The
 * promotion walks over the columns with the scales in two registers and, at each place where the
 * boundary can be, replaces them if it is there: one compare and two predicated moves per step,
 * instead of a copy of the main loop for each place.
 */
final class ScaledMathLoop implements MathLoop {
  private static final int COLUMNS_PER_STEP = 8;

  private final Code code;
  private final KernelSpec spec;
  private final KernelSmem smem;
  private final SlotOperands operands;
  private final MathThreads threads;
  private final U32 base;
  private final KLoop kLoop;
  private final KRange range;
  private final U64 sfb;
  private final U32 sfbStride;
  private final U32 sfbLastRow;
  private final boolean straddles;
  private final Wgmma wgmma;
  private final Accumulator product;
  private final List<List<F32>> sums;
  private final List<U32> scaleOffsets;
  private final Pred never;
  private final Pred always;

  ScaledMathLoop(
      Code code,
      KernelSpec spec,
      KernelSmem smem,
      SlotOperands operands,
      MathThreads threads,
      U32 base,
      KLoop kLoop,
      KRange range,
      KernelParams.Scales scales) {
    this.code = code;
    this.spec = spec;
    this.smem = smem;
    this.operands = operands;
    this.threads = threads;
    this.base = base;
    this.kLoop = kLoop;
    this.range = range;
    this.sfb = code.ldParam(scales.sfb());
    this.sfbStride = code.ldParam(scales.sfbStride());
    this.sfbLastRow = code.sub(code.ldParam(scales.sfbRows()), 1);
    this.straddles = Scaling.GRANULARITY % spec.tile().n() != 0;
    this.wgmma = new Wgmma(code);
    this.product = wgmma.accumulator(operands.atom());
    this.sums =
        IntStream.range(0, threads.shape().slabs())
            .mapToObj(slab -> Stream.generate(code::newF32).limit(product.size()).toList())
            .toList();
    this.scaleOffsets = scaleOffsets();
    this.never = code.constant(false);
    this.always = code.constant(true);
  }

  /** For each slab the byte offset of this thread's first row in the scales of A. */
  private List<U32> scaleOffsets() {
    U32 rowInSlab = code.mad(threads.warp(), MathThreads.WARP_ROWS, code.shr(threads.lane(), 2));
    if (threads.shape().slabRows() < WgmmaAtom.M) {
      // Rows that do not count have no scale: read one that exists.
      rowInSlab = code.and(rowInSlab, threads.shape().slabRows() - 1);
    }
    U32 first = code.add(threads.firstRow(code), rowInSlab);
    List<U32> offsets = new ArrayList<>();
    for (int slab = 0; slab < threads.shape().slabs(); slab++) {
      offsets.add(code.mul(code.add(first, slab * WgmmaAtom.M), Float.BYTES));
    }
    return offsets;
  }

  /**
   * Where a tile reads its scales of B.
   *
   * @param row address of the row for the first columns
   * @param nextRow address of the row for the columns from the boundary on
   * @param boundary first column of the second range, possibly behind the tile
   */
  private record ScaleRows(U64 row, U64 nextRow, U32 boundary) {}

  private ScaleRows scaleRows(TileOrder.Place place) {
    U32 column = code.mul(place.n(), spec.tile().n());
    U32 index = code.div(column, Scaling.GRANULARITY);
    U32 boundary = code.sub(code.u32(Scaling.GRANULARITY), code.rem(column, Scaling.GRANULARITY));
    return new ScaleRows(rowAddress(index), rowAddress(code.add(index, 1)), boundary);
  }

  private U64 rowAddress(U32 index) {
    // Behind the last row only columns outside of D are scaled.
    U32 row = code.min(index, sfbLastRow);
    return code.madWide(code.mul(row, sfbStride), Float.BYTES, sfb);
  }

  @Override
  public List<List<F32>> emit(TileOrder.Place place, Pipeline.ConsumerCursor cursor) {
    sums.forEach(slab -> slab.forEach(code::zero));
    ScaleRows rows = scaleRows(place);
    ScaleStream scalesB = new ScaleStream(code, threads.lane(), kLoop, range, rows.row);
    ScaleStream nextScalesB =
        straddles ? new ScaleStream(code, threads.lane(), kLoop, range, rows.nextRow) : scalesB;
    U32 index = code.u32(0);
    kLoop.forEach(
        kBlock -> {
          F32 scaleB = scalesB.at(index);
          F32 nextScaleB = straddles ? nextScalesB.at(index) : scaleB;
          code.increment(index, 1);
          cursor.awaitFull();
          SlotOperands.Slot slot = operands.at(cursor);
          U32 scalesA = smem.sfa().at(code, base, cursor.slot());
          for (int slab = 0; slab < threads.shape().slabs(); slab++) {
            int current = slab;
            U32 address = code.add(scalesA, scaleOffsets.get(slab));
            F32 upper = code.ldShared(address, 0);
            F32 lower = code.ldShared(address, 8 * Float.BYTES);
            wgmma.group(group -> slot.mma(group, product, current, never, always));
            wgmma.await(0);
            if (slab == threads.shape().slabs() - 1) {
              cursor.release(cursor.ticket());
            }
            promote(sums.get(slab), upper, lower, scaleB, nextScaleB, rows.boundary);
          }
          cursor.advance();
        });
    return sums;
  }

  private void promote(
      List<F32> sum, F32 upper, F32 lower, F32 scaleB, F32 nextScaleB, U32 boundary) {
    F32 upperScale = code.mul(upper, scaleB);
    F32 lowerScale = code.mul(lower, scaleB);
    F32 upperNext = straddles ? code.mul(upper, nextScaleB) : upperScale;
    F32 lowerNext = straddles ? code.mul(lower, nextScaleB) : lowerScale;
    int boundaryStep = gcd(spec.tile().n(), Scaling.GRANULARITY);
    for (int column = 0; column < spec.tile().n(); column += COLUMNS_PER_STEP) {
      if (straddles && column > 0 && column % boundaryStep == 0) {
        Pred here = code.setp(Cmp.EQ, boundary, column);
        code.setIf(here, upperScale, upperNext);
        code.setIf(here, lowerScale, lowerNext);
      }
      int register = column / 2;
      code.fma(sum.get(register), product.get(register), upperScale);
      code.fma(sum.get(register + 1), product.get(register + 1), upperScale);
      code.fma(sum.get(register + 2), product.get(register + 2), lowerScale);
      code.fma(sum.get(register + 3), product.get(register + 3), lowerScale);
    }
  }
}
