package dev.deepgemm.kernels.epilogue;

import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.ColumnShares;
import dev.deepgemm.kernels.warpgroup.KernelSmem;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.work.TileScheduler;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.smem.MatrixStore;
import java.util.List;

/**
 * How the part of D that a CTA stores lies in shared memory: slab behind slab, in each of them box behind
 * box, in each box row behind row.
 *
 * <p><b>BF16</b>: a box is as wide as the swizzle; {@code stmatrix} writes 16 x 16 elements at a time. A
 * row's 16-byte chunk c goes to chunk c XOR (row, scaled by the swizzle): eight rows written at once then
 * meet all banks. Only one bit of c differs between lanes, the rest is a constant of the unrolled loop, so
 * an address is one XOR and one addition.
 *
 * <p><b>FP32</b>: not swizzled (the configuration says so), two floats at a time. A box is all columns that
 * the CTA stores.
 *
 * <p>A CTA of a cluster that splits k stores its share of the columns ({@link ColumnShares}). Boxes divide
 * every share; those that the last CTA does not have are staged everywhere and stored elsewhere.
 */
public final class StagedTile {
  /** What is read or written at once by one lane. */
  public static final int CHUNK_BYTES = 16;

  /** Columns that one stmatrix writes. */
  private static final int STORE_COLUMNS = 16;

  private static final int SWIZZLE_ROW_BYTES = 128;

  private final Code code;
  private final KernelSpec spec;
  private final MathThreads threads;
  private final ColumnShares shares;
  private final SmemAddress slabs;

  public StagedTile(Cta cta, MathThreads threads) {
    this.code = cta.code();
    this.spec = cta.spec();
    this.threads = threads;
    this.shares = ColumnShares.of(cta.spec());
    this.slabs =
        code.mad(
            threads.rowWarpgroup(), threads.shape().slabs() * slabBytes(), cta.smem().d().at(code, cta.base()));
  }

  /** Columns of one box. */
  public static int boxColumns(KernelSpec spec) {
    int swizzle = spec.swizzles().d();
    return swizzle == 0 ? ColumnShares.of(spec).box() : swizzle / spec.dType().bytes();
  }

  /** Who stores which columns. */
  public ColumnShares shares() {
    return shares;
  }

  /** First row of D that this warpgroup stages. */
  public U32 firstRow(TileScheduler.Place place) {
    return code.add(code.mul(place.m(), spec.tile().m()), threads.firstRow(code));
  }

  /**
   * First column of D that a CTA stages.
   *
   * @param tileColumn first column of the tile
   * @param rank of the CTA among those that share the tile
   */
  public U32 firstColumn(U32 tileColumn, U32 rank) {
    return shares.ctas() == 1 ? tileColumn : code.mad(rank, shares.full(), tileColumn);
  }

  /** Address of a box of one of this warpgroup's slabs. */
  public SmemAddress box(int slab, int box) {
    return code.add(slabs, slab * slabBytes() + box * boxBytes());
  }

  /**
   * Address of a chunk of BF16 elements.
   *
   * @param row in the slab
   * @param chunk in the row
   */
  public SmemAddress chunk(int slab, U32 row, U32 chunk) {
    int swizzle = spec.swizzles().d();
    int perBox = swizzle / CHUNK_BYTES;
    U32 box = code.div(chunk, perBox);
    U32 rowBytes = code.mul(row, swizzle);
    U32 inBox = code.xor(code.rem(chunk, perBox), pattern(rowBytes, perBox));
    U32 offset = code.mad(inBox, CHUNK_BYTES, code.mad(box, boxBytes(), rowBytes));
    return code.add(code.add(slabs, slab * slabBytes()), offset);
  }

  /** Writes this thread's sums, of which the rows count. */
  public void stage(List<List<F32Var>> sums) {
    if (spec.dType() == DataType.BF16) {
      stageBf16(sums);
    } else {
      stageFp32(sums);
    }
  }

  private U32 pattern(U32 rowBytes, int chunksPerRow) {
    return code.rem(code.div(rowBytes, SWIZZLE_ROW_BYTES), chunksPerRow);
  }

  private void stageBf16(List<List<F32Var>> sums) {
    int swizzle = spec.swizzles().d();
    int chunksPerRow = swizzle / CHUNK_BYTES;

    // Lane 8 i + j holds the address of row j of matrix i: i & 1 is the lower half, i >> 1 the
    // right.
    U32 matrix = code.shr(threads.lane(), 3);
    U32 right = code.shr(matrix, 1);
    U32 rowInWarp = code.mad(code.and(matrix, 1), 8, code.and(threads.lane(), 7));
    U32 rowBytes = code.mul(code.mad(threads.warp(), MathThreads.WARP_ROWS, rowInWarp), swizzle);
    U32 chunkOffset = code.shl(code.xor(pattern(rowBytes, chunksPerRow), right), 4);
    SmemAddress laneBase = code.add(slabs, rowBytes);

    for (int slab = 0; slab < sums.size(); slab++) {
      List<F32Var> sum = sums.get(slab);
      for (int column = 0; column < shares.full(); column += STORE_COLUMNS) {
        int chunk = column * spec.dType().bytes() / CHUNK_BYTES;
        int box = slab * slabBytes() + chunk / chunksPerRow * boxBytes();
        U32 swizzled = code.xor(chunkOffset, chunk % chunksPerRow * CHUNK_BYTES);
        SmemAddress address = code.add(code.add(laneBase, box), swizzled);
        int r = column / 2;
        MatrixStore.x4(
            code,
            address,
            code.packBf16(sum.get(r), sum.get(r + 1)),
            code.packBf16(sum.get(r + 2), sum.get(r + 3)),
            code.packBf16(sum.get(r + 4), sum.get(r + 5)),
            code.packBf16(sum.get(r + 6), sum.get(r + 7)));
      }
    }
  }

  private void stageFp32(List<List<F32Var>> sums) {
    int box = boxColumns(spec);
    int rowBytes = box * Float.BYTES;
    U32 row = code.mad(threads.warp(), MathThreads.WARP_ROWS, code.shr(threads.lane(), 2));
    U32 column = code.mul(code.and(threads.lane(), 3), 2 * Float.BYTES);
    SmemAddress address = code.add(code.mad(row, rowBytes, slabs), column);
    for (int slab = 0; slab < sums.size(); slab++) {
      List<F32Var> sum = sums.get(slab);
      for (int r = 0; r < sum.size(); r += 4) {
        int offset = slab * slabBytes() + r * 2 / box * boxBytes() + r * 2 % box * Float.BYTES;
        code.stShared(address, offset, sum.get(r), sum.get(r + 1));
        code.stShared(address, offset + 8 * rowBytes, sum.get(r + 2), sum.get(r + 3));
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
