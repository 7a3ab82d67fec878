package dev.deepgemm.kernels.scale;

import dev.deepgemm.kernels.warpgroup.WarpgroupShape;
import dev.deepgemm.kernels.work.KLoop;
import dev.deepgemm.kernels.work.KRange;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U32Var;
import dev.deepgemm.ptx.U64;

/**
 * One row of B's scales, a value per step along k, straight from global memory.
 *
 * <p>Each lane of the warp holds the scale of another step: one load brings 32 of them, and the next
 * 32 are loaded while these are used, so no step waits for memory. A step takes its scale from its
 * lane by a shuffle.
 */
final class ScaleStream {
  private final Code code;
  private final U32 lane;
  private final KLoop kLoop;
  private final KRange range;
  private final U32 last;
  private final F32Var current;
  private final F32Var ahead;
  private final U64 matrix;
  private final U32Var row;

  /**
   * A reader of rows, one after the other.
   *
   * @param matrix address of B's scales
   */
  ScaleStream(Code code, U32 lane, KLoop kLoop, KRange range, U64 matrix) {
    this.code = code;
    this.lane = lane;
    this.kLoop = kLoop;
    this.range = range;
    this.matrix = matrix;
    this.last = code.sub(range.all(), 1);
    this.current = code.f32Var();
    this.ahead = code.f32Var();
    this.row = code.u32Var();
  }

  /**
   * Begins to read a row for the slice's steps in a tile.
   *
   * @param first where it starts in the matrix, in floats
   */
  void begin(U32 first) {
    code.set(row, first);
    code.set(current, load(code.u32(0)));
    code.set(ahead, load(code.u32(WarpgroupShape.WARP)));
  }

  /**
   * The scale of the slice's i-th step in the tile; steps must be asked for in their order.
   *
   * @param mayBegin whether it can be the first of a load, as every 32nd is
   */
  F32 at(U32 index, boolean mayBegin) {
    U32 inChunk = code.rem(index, WarpgroupShape.WARP);
    if (mayBegin) {
      code.when(
          code.and(code.setp(Cmp.EQ, inChunk, 0), code.setp(Cmp.NE, index, 0)),
          () -> {
            code.set(current, ahead);
            code.set(ahead, load(code.add(index, WarpgroupShape.WARP)));
          });
    }
    return code.shuffle(current, inChunk);
  }

  /** Lane l loads the scale of the slice's step {@code step + l}. */
  private F32 load(U32 step) {
    U32 mine = code.mad(code.add(step, lane), kLoop.stride(), kLoop.first());
    U32 kBlock = code.add(range.first(), mine);
    U32 index = code.add(row, code.min(kBlock, last));
    return code.ldGlobalNc(code.madWide(index, Float.BYTES, matrix));
  }
}
