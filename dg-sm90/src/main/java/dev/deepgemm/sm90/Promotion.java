package dev.deepgemm.sm90;

import static dev.deepgemm.api.IntMath.gcd;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Scaling;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U32Var;
import dev.deepgemm.ptx.U64;
import dev.deepgemm.ptx.smem.Fragment;
import dev.deepgemm.ptx.sync.Pipeline;
import dev.deepgemm.ptx.wgmma.Accumulator;
import dev.deepgemm.ptx.wgmma.WgmmaAtom;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a thread adds to its FP32 sums after each block of k: the product of the block, times a scale
 * of its row and a scale of its column.
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
final class Promotion {
  /** A sector of the cache. */
  private static final int SCALES_PER_LANE = 8;

  private final Code code;
  private final KernelSpec spec;
  private final KernelSmem smem;
  private final MathThreads threads;
  private final SmemAddress base;
  private final KRange range;
  private final U64 sfb;
  private final U32 sfbStride;
  private final U32 sfbLastRow;
  private final boolean straddles;
  private final List<List<F32Var>> sums;
  private final List<SmemAddress> firstRows;
  private final ScaleStream stream;
  private final ScaleStream nextStream;
  private final U32Var boundary;
  private final U32Var step;

  Promotion(
      Code code,
      KernelSpec spec,
      KernelSmem smem,
      MathThreads threads,
      SmemAddress base,
      KLoop kLoop,
      KRange range,
      KernelParams.Scales scales) {
    this.code = code;
    this.spec = spec;
    this.smem = smem;
    this.threads = threads;
    this.base = base;
    this.range = range;
    this.sfb = code.ldParam(scales.sfb());
    this.sfbStride = code.ldParam(scales.sfbStride());
    this.sfbLastRow = code.sub(code.ldParam(scales.sfbRows()), 1);
    this.straddles = straddles(spec);
    this.sums =
        IntStream.range(0, threads.shape().slabs())
            .mapToObj(
                slab ->
                    Stream.generate(code::f32Var)
                        .limit(Fragment.registers(spec.tile().n()))
                        .toList())
            .toList();
    this.firstRows = firstRows();
    this.stream = new ScaleStream(code, threads.lane(), kLoop, range, sfb);
    this.nextStream = straddles ? new ScaleStream(code, threads.lane(), kLoop, range, sfb) : stream;
    this.boundary = code.u32Var();
    this.step = code.u32Var();
  }

  /** Whether a tile can meet two blocks of B's scales. */
  static boolean straddles(KernelSpec spec) {
    return Scaling.GRANULARITY % spec.tile().n() != 0;
  }

  /** The sums, by slab. */
  List<List<F32Var>> sums() {
    return sums;
  }

  /** For each slab the address of the scale of this thread's first row, in the first slot. */
  private List<SmemAddress> firstRows() {
    U32 rowInSlab = Fragment.upperRow(code, threads.warp(), threads.lane());
    if (threads.shape().slabRows() < WgmmaAtom.M) {
      // Rows that do not count have no scale: read one that exists.
      rowInSlab = code.and(rowInSlab, threads.shape().slabRows() - 1);
    }
    U32 first = code.add(threads.firstRow(code), rowInSlab);
    SmemAddress start = smem.sfa().first(code, base);
    List<SmemAddress> addresses = new ArrayList<>();
    for (int slab = 0; slab < threads.shape().slabs(); slab++) {
      addresses.add(code.mad(code.add(first, slab * WgmmaAtom.M), Float.BYTES, start));
    }
    return addresses;
  }

  /** Scales of B for one step: of the columns in front of the boundary, and from it on. */
  record ColumnScales(F32 first, F32 next) {}

  /** Scales of A for one slab of a step: of the thread's upper row and of its lower one. */
  record RowScales(F32 upper, F32 lower) {}

  /** Asks memory for the scales of B that a tile begins with. */
  void prefetch(TileScheduler.Place place) {
    U32 row = code.div(code.mul(place.n(), spec.tile().n()), Scaling.GRANULARITY);
    prefetchRow(row);
    if (straddles) {
      prefetchRow(code.add(row, 1));
    }
  }

  private void prefetchRow(U32 index) {
    U32 step = code.min(code.mul(threads.lane(), SCALES_PER_LANE), code.sub(range.all(), 1));
    U32 row = code.min(index, sfbLastRow);
    code.prefetchL2(code.madWide(code.mad(row, sfbStride, step), Float.BYTES, sfb));
  }

  /** Begins to read the scales of B of a tile. The last tile's steps must be behind. */
  void begin(TileScheduler.Place place) {
    U32 column = code.mul(place.n(), spec.tile().n());
    U32 row = code.div(column, Scaling.GRANULARITY);
    begin(stream, row);
    if (straddles) {
      begin(nextStream, code.add(row, 1));
      U32 inBlock = code.rem(column, Scaling.GRANULARITY);
      code.set(boundary, code.sub(code.u32(Scaling.GRANULARITY), inBlock));
    }
    code.set(step, 0);
  }

  private void begin(ScaleStream of, U32 index) {
    // Behind the last row only columns outside of D are scaled.
    of.begin(code.mul(code.min(index, sfbLastRow), sfbStride));
  }

  /** The scales of B for the slice's next step in the tile. */
  ColumnScales nextColumns() {
    return nextColumns(true);
  }

  /**
   * The scales of B for the slice's next step in the tile.
   *
   * @param mayBegin false if it is known to be no even step of the tile, counted from 0: one comparison
   *     less
   */
  ColumnScales nextColumns(boolean mayBegin) {
    F32 first = stream.at(step, mayBegin);
    F32 next = straddles ? nextStream.at(step, mayBegin) : first;
    code.increment(step, 1);
    return new ColumnScales(first, next);
  }

  /** Reads the scales of A for a slab of a slot that has been filled. */
  RowScales rowScales(Pipeline.Filled filled, int slab) {
    SmemAddress address = code.mad(filled.slot(), smem.sfa().stride(), firstRows.get(slab));
    return new RowScales(
        code.ldShared(address, 0), code.ldShared(address, Fragment.LOWER * Float.BYTES));
  }

  /** Sets the sums to zero. */
  void zeroSums() {
    sums.forEach(slab -> slab.forEach(code::zero));
  }

  /** A factor that is replaced where the columns reach the boundary. */
  private F32Var product(F32 a, F32 b) {
    F32Var product = code.f32Var();
    code.setProduct(product, a, b);
    return product;
  }

  /** Adds a slab's product to its sums. */
  void add(int slab, Accumulator product, RowScales rows, ColumnScales columns) {
    List<F32Var> sum = sums.get(slab);
    F32Var upper = product(rows.upper(), columns.first());
    F32Var lower = product(rows.lower(), columns.first());
    F32 upperNext = straddles ? code.mul(rows.upper(), columns.next()) : upper;
    F32 lowerNext = straddles ? code.mul(rows.lower(), columns.next()) : lower;
    int boundaryStep = gcd(spec.tile().n(), Scaling.GRANULARITY);
    for (int column = 0; column < spec.tile().n(); column += Fragment.BLOCK_COLUMNS) {
      if (straddles && column > 0 && column % boundaryStep == 0) {
        Pred here = code.setp(Cmp.EQ, boundary, column);
        code.setIf(here, upper, upperNext);
        code.setIf(here, lower, lowerNext);
      }
      int register = Fragment.registers(column);
      code.fma(sum.get(register), product.get(register), upper);
      code.fma(sum.get(register + 1), product.get(register + 1), upper);
      code.fma(sum.get(register + 2), product.get(register + 2), lower);
      code.fma(sum.get(register + 3), product.get(register + 3), lower);
    }
  }
}
