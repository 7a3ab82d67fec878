package dev.deepgemm.kernels.scale;

import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.work.TileScheduler;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.SmemVar;
import dev.deepgemm.ptx.smem.Fragment;
import dev.deepgemm.ptx.smem.SmemRegion;
import dev.deepgemm.ptx.sync.Pipeline;
import dev.deepgemm.ptx.sync.Sync;
import dev.deepgemm.ptx.wgmma.Accumulator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Promotion with a scale per row of A and per row of B ({@link PerRowScales}).
 *
 * <p>A thread's columns come in pairs, one pair in every eight columns, so a step takes n / 8 pairs of B's scales
 * besides the two of A. Kept in registers they would leave no room for a second product, and with n = 152 hardly
 * for the first. So they stay in the slot and are read two by two while the product is added; four lanes read
 * a pair each and the other seven groups of four the same ones, which costs one pass. The slot is released
 * behind that.
 *
 * <p><b>Two slabs</b> (256 rows) are the way to read less: a thread's pairs serve both of its slabs, and with up to 104
 * columns there are registers for them. What the reads cost shows on an H200 (4096 x 7168 x 4096, ncu): with 128 x 120
 * the tensor pipe is active half of the time, and the first reason of a stall are reads of shared memory, which compete
 * with those of wgmma for the same port (46 KB per step, three quarters of what it can give); 256 x 104 is 10 % faster.
 * Tried and worse: all pairs before the wait for the product (the assembler moves them back), one coalesced read per 32
 * columns and shuffles (9 to 15 % slower: a shuffle goes through the same port).
 *
 * <p>The product is first scaled by its column and then added, scaled by its row: two operations per element,
 * one more than with blocks.
 */
final class RowPromotion implements Promotion {
  private final Code code;
  private final int n;
  private final SmemRegion region;
  private final List<List<F32Var>> sums;
  private final RowScales rowScales;
  private final SmemAddress firstColumns;

  RowPromotion(Cta cta, MathThreads threads) {
    this.code = cta.code();
    this.n = cta.tile().n();
    this.region = cta.smem().sfb();
    this.sums =
        IntStream.range(0, threads.shape().slabs())
            .mapToObj(slab -> Stream.generate(code::f32Var).limit(Fragment.registers(n)).toList())
            .toList();
    this.rowScales = new RowScales(cta, threads);
    this.firstColumns =
        code.add(
            region.first(code, cta.base()), Fragment.column(code, threads.lane(), Float.BYTES));
  }

  @Override
  public void prefetch(TileScheduler.Place place) {}

  @Override
  public void begin(TileScheduler.Place place) {}

  @Override
  public void zeroSums() {
    sums.forEach(slab -> slab.forEach(code::zero));
  }

  @Override
  public List<List<F32Var>> sums() {
    return sums;
  }

  private SmemAddress columns(Pipeline.Filled filled) {
    return code.mad(filled.slot(), region.stride(), firstColumns);
  }

  private void add(int slab, Accumulator product, RowScales.Pair rows, ColumnPairs columns) {
    List<F32Var> sum = sums.get(slab);
    for (int column = 0; column < n; column += Fragment.BLOCK_COLUMNS) {
      List<F32> ofB = columns.at(column);
      for (int i = 0; i < Fragment.BLOCK_REGISTERS; i++) {
        int register = Fragment.registers(column) + i;
        F32 scaled = code.mul(product.get(register), ofB.get(i % 2));
        code.fma(sum.get(register), scaled, i < 2 ? rows.upper() : rows.lower());
      }
    }
  }

  /**
   * A read that was issued may still wait for its turn at shared memory, where wgmma goes first, when the slot has
   * been released and refilled: on an H200, half warps of tiles with 24 columns and six warpgroups were scaled by
   * the next step's numbers, in every launch. The fence between the proxies waits for it, in every lane, and
   * then one lane releases for all. Also where pairs are read early: the assembler moves such reads back.
   */
  @Override
  public void beforeRelease() {
    Sync.warpFenceProxyAsync(code);
  }

  /** The scales of a thread's pair of columns behind a column of the tile. */
  private interface ColumnPairs {
    List<F32> at(int column);
  }

  /** Each pair is read when it is needed. */
  private ColumnPairs fromSlot(SmemAddress columns) {
    return column -> code.ldShared2(columns, column * Float.BYTES);
  }

  /** All pairs are read at once, for every slab. */
  private ColumnPairs inRegisters(SmemAddress columns) {
    List<List<F32>> pairs =
        IntStream.range(0, n / Fragment.BLOCK_COLUMNS)
            .mapToObj(i -> code.ldShared2(columns, i * Fragment.BLOCK_COLUMNS * Float.BYTES))
            .toList();
    return column -> pairs.get(column / Fragment.BLOCK_COLUMNS);
  }

  private boolean keepsPairs() {
    return sums.size() > 1;
  }

  @Override
  public StepScales step(boolean kept) {
    return kept ? new KeptScales() : new PassingScales();
  }

  /** Scales in the registers into which they were read. */
  private final class PassingScales implements StepScales {
    private RowScales.@Nullable Pair rows;
    private @Nullable ColumnPairs columns;

    @Override
    public void beforeSlot(boolean mayBegin) {}

    @Override
    public void inSlot(Pipeline.Filled filled, int slab) {
      rows = rowScales.read(filled, slab);
      if (slab == 0) {
        SmemAddress address = columns(filled);
        columns = keepsPairs() ? inRegisters(address) : fromSlot(address);
      }
    }

    @Override
    public boolean readsSlotWhileAdding() {
      return !keepsPairs();
    }

    @Override
    public void add(int slab, Accumulator product) {
      RowPromotion.this.add(
          slab, product, Objects.requireNonNull(rows), Objects.requireNonNull(columns));
    }
  }

  /** Scales in registers of their own, B's by their address. */
  private final class KeptScales implements StepScales {
    private final F32Var upper = code.f32Var();
    private final F32Var lower = code.f32Var();
    private final SmemVar columns = code.smemVar();

    @Override
    public void beforeSlot(boolean mayBegin) {}

    @Override
    public void inSlot(Pipeline.Filled filled, int slab) {
      RowScales.Pair rows = rowScales.read(filled, slab);
      code.set(upper, rows.upper());
      code.set(lower, rows.lower());
      code.set(columns, columns(filled));
    }

    @Override
    public boolean readsSlotWhileAdding() {
      return true;
    }

    @Override
    public void add(int slab, Accumulator product) {
      RowPromotion.this.add(slab, product, new RowScales.Pair(upper, lower), fromSlot(columns));
    }
  }
}
