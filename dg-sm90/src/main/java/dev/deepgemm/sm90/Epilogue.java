package dev.deepgemm.sm90;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U64;
import dev.deepgemm.ptx.hopper.MatrixStore;
import dev.deepgemm.ptx.hopper.Sync;
import dev.deepgemm.ptx.hopper.Tma;
import java.util.List;

/**
 * From sums in registers to D: through a staged tile in shared memory, stored by TMA.
 *
 * <p>Each warpgroup stages and stores its own slabs and waits for nobody else, so the two drift
 * apart and one stores while the other one still multiplies. The staged slab is written again one
 * tile later: before that its thread 0, which issued the stores, waits until TMA has read them.
 *
 * <p><b>BF16</b>: the slab is cut into column ranges as wide as the swizzle, which lie one behind
 * the other; {@code stmatrix} writes 16 x 16 elements at a time. A row's 16-byte chunk c goes to
 * chunk c XOR (row, scaled by the swizzle): eight rows written at once then meet all banks. Only
 * one bit of c differs between lanes, the rest is a constant of the unrolled loop, so an address is
 * one XOR and one addition.
 *
 * <p><b>FP32</b>: not swizzled (the configuration says so), rows of a box one behind the other, two floats
 * at a time. A box is all columns that the CTA stores.
 *
 * <p>A CTA of a cluster that splits k stores its share of the columns ({@link ColumnShares}). Boxes divide
 * every share; those that the last CTA does not have are staged everywhere and stored elsewhere.
 */
final class Epilogue {
  /** Columns that one stmatrix writes. */
  private static final int STORE_COLUMNS = 16;

  private static final int CHUNK_BYTES = 16;
  private static final int SWIZZLE_ROW_BYTES = 128;

  private final Code code;
  private final KernelSpec spec;
  private final MathThreads threads;
  private final U64 mapD;
  private final U32 slabs;
  private final int slabBytes;
  private final Pred isStorer;
  private final ColumnShares shares;
  private final U32 rank;
  private final U32 barrier;

  Epilogue(
      Code code,
      KernelSpec spec,
      KernelSmem smem,
      U32 base,
      MathThreads threads,
      KernelParams params,
      U32 rank) {
    this.code = code;
    this.spec = spec;
    this.threads = threads;
    this.mapD = code.addressOf(params.mapD());
    this.shares = ColumnShares.of(spec);
    this.rank = rank;
    this.slabBytes = threads.shape().slabRows() * shares.full() * spec.cdType().bytes();
    this.slabs =
        code.mad(
            threads.rowWarpgroup(), threads.shape().slabs() * slabBytes, smem.d().at(code, base));
    this.isStorer = code.setp(Cmp.EQ, threads.thread(), 0);
    this.barrier = code.add(threads.rowWarpgroup(), 1);
  }

  /** Columns of one box of a store. */
  static int boxColumns(KernelSpec spec) {
    int swizzle = spec.swizzles().d();
    return swizzle == 0 ? ColumnShares.of(spec).box() : swizzle / spec.cdType().bytes();
  }

  /** Stores the sums of one tile. */
  void emit(TileOrder.Place place, List<List<F32>> sums) {
    code.when(isStorer, () -> Tma.awaitRead(code, 0));
    warpgroupBarrier();
    threads.whereRowsCount(code, () -> stage(sums));
    Sync.fenceProxyAsync(code);
    warpgroupBarrier();
    code.when(isStorer, () -> store(place));
  }

  /** Waits until the last tile has left shared memory. */
  void drain() {
    code.when(isStorer, () -> Tma.awaitRead(code, 0));
  }

  private void warpgroupBarrier() {
    // One hardware barrier per warpgroup, behind barrier 0, which is the CTA's.
    Sync.named(code, barrier, WarpgroupShape.WARPGROUP);
  }

  private void stage(List<List<F32>> sums) {
    if (spec.cdType() == DataType.BF16) {
      stageBf16(sums);
    } else {
      stageFp32(sums);
    }
  }

  private void stageBf16(List<List<F32>> sums) {
    int swizzle = spec.swizzles().d();
    int chunksPerRow = swizzle / CHUNK_BYTES;
    int rangeBytes = threads.shape().slabRows() * swizzle;

    // Lane 8 i + j holds the address of row j of matrix i: i & 1 is the lower half, i >> 1 the
    // right.
    U32 matrix = code.shr(threads.lane(), 3);
    U32 right = code.shr(matrix, 1);
    U32 rowInWarp = code.mad(code.and(matrix, 1), 8, code.and(threads.lane(), 7));
    U32 rowBytes = code.mul(code.mad(threads.warp(), MathThreads.WARP_ROWS, rowInWarp), swizzle);
    U32 pattern = code.rem(code.div(rowBytes, SWIZZLE_ROW_BYTES), chunksPerRow);
    U32 chunkOffset = code.shl(code.xor(pattern, right), 4);
    U32 laneBase = code.add(slabs, rowBytes);

    for (int slab = 0; slab < sums.size(); slab++) {
      List<F32> sum = sums.get(slab);
      for (int column = 0; column < shares.full(); column += STORE_COLUMNS) {
        int chunk = column * spec.cdType().bytes() / CHUNK_BYTES;
        int range = slab * slabBytes + chunk / chunksPerRow * rangeBytes;
        U32 swizzled = code.xor(chunkOffset, chunk % chunksPerRow * CHUNK_BYTES);
        U32 address = code.add(code.add(laneBase, range), swizzled);
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

  private void stageFp32(List<List<F32>> sums) {
    int box = boxColumns(spec);
    int rowBytes = box * Float.BYTES;
    U32 row = code.mad(threads.warp(), MathThreads.WARP_ROWS, code.shr(threads.lane(), 2));
    U32 column = code.mul(code.and(threads.lane(), 3), 2 * Float.BYTES);
    U32 address = code.add(code.mad(row, rowBytes, slabs), column);
    for (int slab = 0; slab < sums.size(); slab++) {
      List<F32> sum = sums.get(slab);
      for (int r = 0; r < sum.size(); r += 4) {
        int offset = slab * slabBytes + r * 2 / box * boxBytes(box) + r * 2 % box * Float.BYTES;
        code.stShared(address, offset, sum.get(r), sum.get(r + 1));
        code.stShared(address, offset + 8 * rowBytes, sum.get(r + 2), sum.get(r + 3));
      }
    }
  }

  private void store(TileOrder.Place place) {
    int columns = boxColumns(spec);
    U32 x = code.mul(place.n(), spec.tile().n());
    if (shares.ctas() > 1) {
      x = code.mad(rank, shares.full(), x);
    }
    U32 y = code.add(code.mul(place.m(), spec.tile().m()), threads.firstRow(code));
    int boxes = shares.full() / columns;
    int everywhere = shares.last() / columns;
    storeBoxes(x, y, 0, everywhere);
    if (everywhere < boxes) {
      U32 left = x;
      code.when(
          code.setp(Cmp.LT, rank, shares.owners() - 1),
          () -> storeBoxes(left, y, everywhere, boxes));
    }
    Tma.commit(code);
  }

  private void storeBoxes(U32 x, U32 y, int first, int end) {
    int columns = boxColumns(spec);
    for (int slab = 0; slab < threads.shape().slabs(); slab++) {
      for (int range = first; range < end; range++) {
        Tma.store(
            code,
            mapD,
            code.add(x, range * columns),
            code.add(y, slab * threads.shape().slabRows()),
            code.add(slabs, slab * slabBytes + range * boxBytes(columns)));
      }
    }
  }

  /** Bytes of a box of one slab. */
  private int boxBytes(int columns) {
    return threads.shape().slabRows() * columns * spec.cdType().bytes();
  }
}
