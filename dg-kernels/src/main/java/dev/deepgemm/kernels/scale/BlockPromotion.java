package dev.deepgemm.kernels.scale;

import static dev.deepgemm.api.IntMath.gcd;

import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.work.KLoop;
import dev.deepgemm.kernels.work.KRange;
import dev.deepgemm.kernels.work.TileScheduler;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U32Var;
import dev.deepgemm.ptx.U64;
import dev.deepgemm.ptx.smem.Fragment;
import dev.deepgemm.ptx.sync.Pipeline;
import dev.deepgemm.ptx.wgmma.Accumulator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Promotion with a scale of B per block of 128 x 128 ({@link BlockScales}).
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
final class BlockPromotion implements Promotion {
  /** What two products that meet two blocks of B's scales need more. */
  static final int STRADDLE_REGISTERS = 8;

  /** A sector of the cache. */
  private static final int SCALES_PER_LANE = 8;

  private final Code code;
  private final KernelSpec spec;
  private final MathThreads threads;
  private final KRange range;
  private final U64 sfb;
  private final U32 sfbStride;
  private final U32 sfbLastRow;
  private final boolean straddles;
  private final List<List<F32Var>> sums;
  private final RowScales rowScales;
  private final ScaleStream stream;
  private final ScaleStream nextStream;
  private final U32Var boundary;
  private final U32Var step;

  BlockPromotion(Cta cta, MathThreads threads, KLoop kLoop, KRange range, BlockScales scales) {
    this.code = cta.code();
    this.spec = cta.spec();
    this.threads = threads;
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
    this.rowScales = new RowScales(cta, threads);
    this.stream = new ScaleStream(code, threads.lane(), kLoop, range, sfb);
    this.nextStream = straddles ? new ScaleStream(code, threads.lane(), kLoop, range, sfb) : stream;
    this.boundary = code.u32Var();
    this.step = code.u32Var();
  }

  /** Whether a tile can meet two blocks of B's scales. */
  static boolean straddles(KernelSpec spec) {
    return ScaleScheme.BLOCK % spec.tile().n() != 0;
  }

  @Override
  public List<List<F32Var>> sums() {
    return sums;
  }

  /** Scales of B for one step: of the columns in front of the boundary, and from it on. */
  private record ColumnScales(F32 first, F32 next) {}

  /** Asks memory for the scales of B that a tile begins with. */
  @Override
  public void prefetch(TileScheduler.Place place) {
    U32 row = code.div(code.mul(place.n(), spec.tile().n()), ScaleScheme.BLOCK);
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
  @Override
  public void begin(TileScheduler.Place place) {
    U32 column = code.mul(place.n(), spec.tile().n());
    U32 row = code.div(column, ScaleScheme.BLOCK);
    begin(stream, row);
    if (straddles) {
      begin(nextStream, code.add(row, 1));
      U32 inBlock = code.rem(column, ScaleScheme.BLOCK);
      code.set(boundary, code.sub(code.u32(ScaleScheme.BLOCK), inBlock));
    }
    code.set(step, 0);
  }

  private void begin(ScaleStream of, U32 index) {
    // Behind the last row only columns outside of D are scaled.
    of.begin(code.mul(code.min(index, sfbLastRow), sfbStride));
  }

  /**
   * The scales of B for the slice's next step in the tile.
   *
   * @param mayBegin false if it is known to be no even step of the tile, counted from 0: one comparison
   *     less
   */
  private ColumnScales nextColumns(boolean mayBegin) {
    F32 first = stream.at(step, mayBegin);
    F32 next = straddles ? nextStream.at(step, mayBegin) : first;
    code.increment(step, 1);
    return new ColumnScales(first, next);
  }

  /** Sets the sums to zero. */
  @Override
  public void zeroSums() {
    sums.forEach(slab -> slab.forEach(code::zero));
  }

  /** A factor that is replaced where the columns reach the boundary. */
  private F32Var product(F32 a, F32 b) {
    F32Var product = code.f32Var();
    code.setProduct(product, a, b);
    return product;
  }

  /** Adds a slab's product to its sums. */
  private void add(int slab, Accumulator product, RowScales.Pair rows, ColumnScales columns) {
    List<F32Var> sum = sums.get(slab);
    F32Var upper = product(rows.upper(), columns.first());
    F32Var lower = product(rows.lower(), columns.first());
    F32 upperNext = straddles ? code.mul(rows.upper(), columns.next()) : upper;
    F32 lowerNext = straddles ? code.mul(rows.lower(), columns.next()) : lower;
    int boundaryStep = gcd(spec.tile().n(), ScaleScheme.BLOCK);
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

  @Override
  public void beforeRelease() {}

  @Override
  public StepScales step(boolean kept) {
    return kept ? new KeptScales() : new PassingScales();
  }

  /** Scales in the registers into which they were read. */
  private final class PassingScales implements StepScales {
    private RowScales.@Nullable Pair rows;
    private @Nullable ColumnScales columns;

    @Override
    public void beforeSlot(boolean mayBegin) {
      columns = nextColumns(mayBegin);
    }

    @Override
    public void inSlot(Pipeline.Filled filled, int slab) {
      rows = rowScales.read(filled, slab);
    }

    @Override
    public boolean readsSlotWhileAdding() {
      return false;
    }

    @Override
    public void add(int slab, Accumulator product) {
      BlockPromotion.this.add(
          slab, product, Objects.requireNonNull(rows), Objects.requireNonNull(columns));
    }
  }

  /** Scales in registers of their own. */
  private final class KeptScales implements StepScales {
    private final F32Var upper = code.f32Var();
    private final F32Var lower = code.f32Var();
    private final F32Var first = code.f32Var();
    private final F32Var next = code.f32Var();

    @Override
    public void beforeSlot(boolean mayBegin) {
      ColumnScales columns = nextColumns(mayBegin);
      code.set(first, columns.first());
      code.set(next, columns.next());
    }

    @Override
    public void inSlot(Pipeline.Filled filled, int slab) {
      RowScales.Pair rows = rowScales.read(filled, slab);
      code.set(upper, rows.upper());
      code.set(lower, rows.lower());
    }

    @Override
    public boolean readsSlotWhileAdding() {
      return false;
    }

    @Override
    public void add(int slab, Accumulator product) {
      BlockPromotion.this.add(
          slab, product, new RowScales.Pair(upper, lower), new ColumnScales(first, next));
    }
  }
}
