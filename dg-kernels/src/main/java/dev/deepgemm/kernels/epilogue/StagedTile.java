package dev.deepgemm.kernels.epilogue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.kernels.warpgroup.ColumnShares;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.work.TileScheduler;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.smem.Fragment;
import dev.deepgemm.ptx.smem.MatrixStore;
import dev.deepgemm.ptx.smem.SwizzledRows;
import java.util.List;

/**
 * How the part of D that a CTA stores lies in shared memory: slab behind slab, in each of them box behind
 * box, in each box row behind row.
 *
 * <p><b>BF16</b>: a box is as wide as the swizzle; {@code stmatrix} writes 16 x 16 elements at a time, in
 * swizzled rows ({@link SwizzledRows}): eight rows written at once then meet all banks. Only one bit of a
 * chunk's index differs between lanes, the rest is a constant of the unrolled loop, so
 * an address is one XOR and one addition.
 *
 * <p><b>FP32</b>: not swizzled (the configuration says so), two floats at a time. A box is all columns that
 * the CTA stores.
 *
 * <p>A CTA of a cluster that splits k stores its share of the columns ({@link ColumnShares}). Boxes divide
 * every share; those that the last CTA does not have are staged everywhere and stored elsewhere.
 */
final class StagedTile {
  private final Code code;
  private final KernelSpec spec;
  private final MathThreads threads;
  private final ColumnShares shares;
  private final SmemAddress slabs;

  StagedTile(Cta cta, MathThreads threads) {
    this.code = cta.code();
    this.spec = cta.spec();
    this.threads = threads;
    this.shares = ColumnShares.of(cta.spec());
    this.slabs =
        code.mad(
            threads.rowWarpgroup(),
            slabsAtOnce() * slabBytes(),
            cta.smem().d().at(code, cta.base()));
  }

  /**
   * Slabs of a warpgroup that are staged together. With FP32 it is one after the other: two would take the room of
   * a stage or two of the pipeline.
   */
  int slabsAtOnce() {
    return spec.dType() == DataType.FP32 ? 1 : threads.shape().slabs();
  }

  /** Columns of one box. */
  static int boxColumns(KernelSpec spec) {
    int swizzle = spec.swizzles().d();
    return swizzle == 0 ? ColumnShares.of(spec).box() : swizzle / spec.dType().bytes();
  }

  /** Who stores which columns. */
  ColumnShares shares() {
    return shares;
  }

  /** First row of D that this warpgroup stages. */
  U32 firstRow(TileScheduler.Place place) {
    return code.add(code.mul(place.m(), spec.tile().m()), threads.firstRow(code));
  }

  /**
   * First column of D that a CTA stages.
   *
   * @param tileColumn first column of the tile
   * @param rank of the CTA among those that share the tile
   */
  U32 firstColumn(U32 tileColumn, U32 rank) {
    return shares.ctas() == 1 ? tileColumn : code.mad(rank, shares.full(), tileColumn);
  }

  /** Address of a box of one of this warpgroup's slabs. */
  SmemAddress box(int slab, int box) {
    return code.add(slabs, slab % slabsAtOnce() * slabBytes() + box * boxBytes());
  }

  /**
   * Address of a chunk of BF16 elements.
   *
   * @param row in the slab
   * @param chunk in the row
   */
  SmemAddress chunk(int slab, U32 row, U32 chunk) {
    SwizzledRows rows = new SwizzledRows(spec.swizzles().d());
    U32 box = code.div(chunk, rows.chunks());
    U32 rowBytes = code.mul(row, rows.width());
    U32 inBox = code.xor(code.rem(chunk, rows.chunks()), rows.patternAt(code, rowBytes));
    U32 boxed = code.mad(box, boxBytes(), rowBytes);
    U32 offset = code.mad(inBox, SwizzledRows.CHUNK_BYTES, boxed);
    return code.add(code.add(slabs, slab * slabBytes()), offset);
  }

  /** Writes this thread's sums, of which the rows count. */
  void stage(List<List<F32Var>> sums) {
    if (spec.dType() == DataType.BF16) {
      stageBf16(sums);
    } else {
      stageFp32(sums);
    }
  }

  private void stageBf16(List<List<F32Var>> sums) {
    SwizzledRows rows = new SwizzledRows(spec.swizzles().d());
    MatrixStore.Lane mine = MatrixStore.Lane.of(code, threads.lane());
    U32 row = code.mad(threads.warp(), Fragment.WARP_ROWS, mine.row());
    U32 rowBytes = code.mul(row, rows.width());
    U32 chunkOffset = code.shl(code.xor(rows.patternAt(code, rowBytes), mine.right()), 4);
    SmemAddress laneBase = code.add(slabs, rowBytes);

    for (int slab = 0; slab < sums.size(); slab++) {
      for (int column = 0; column < shares.full(); column += MatrixStore.COLUMNS) {
        int chunk = column * spec.dType().bytes() / SwizzledRows.CHUNK_BYTES;
        int box = slab * slabBytes() + chunk / rows.chunks() * boxBytes();
        int inRow = chunk % rows.chunks() * SwizzledRows.CHUNK_BYTES;
        U32 swizzled = code.xor(chunkOffset, inRow);
        SmemAddress address = code.add(code.add(laneBase, box), swizzled);
        int first = Fragment.registers(column);
        int end = first + Fragment.registers(MatrixStore.COLUMNS);
        MatrixStore.bf16(code, address, sums.get(slab).subList(first, end));
      }
    }
  }

  private void stageFp32(List<List<F32Var>> sums) {
    int box = boxColumns(spec);
    int rowBytes = box * Float.BYTES;
    U32 row = Fragment.upperRow(code, threads.warp(), threads.lane());
    U32 column = Fragment.column(code, threads.lane(), Float.BYTES);
    SmemAddress address = code.add(code.mad(row, rowBytes, slabs), column);
    for (int slab = 0; slab < sums.size(); slab++) {
      List<F32Var> sum = sums.get(slab);
      for (int r = 0; r < sum.size(); r += Fragment.BLOCK_REGISTERS) {
        int first = Fragment.column(r);
        int offset = slab * slabBytes() + first / box * boxBytes() + first % box * Float.BYTES;
        code.stShared(address, offset, sum.get(r), sum.get(r + 1));
        int lower = offset + Fragment.LOWER * rowBytes;
        code.stShared(address, lower, sum.get(r + 2), sum.get(r + 3));
      }
    }
  }

  private int slabBytes() {
    return threads.shape().slabRows() * shares.full() * spec.dType().bytes();
  }

  private int boxBytes() {
    return threads.shape().slabRows() * boxColumns(spec) * spec.dType().bytes();
  }
}
