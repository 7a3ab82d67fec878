package dev.deepgemm.sm90;

import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.U32;
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
  private final F32 current;
  private final F32 ahead;
  private final U64 row;

  /** Starts to read a row from the address of its scale of step 0; one object per tile. */
  ScaleStream(Code code, U32 lane, KLoop kLoop, KRange range, U64 row) {
    this.code = code;
    this.lane = lane;
    this.kLoop = kLoop;
    this.range = range;
    this.row = row;
    this.last = code.sub(range.all(), 1);
    this.current = code.newF32();
    this.ahead = code.newF32();
    code.set(current, load(code.u32(0)));
    code.set(ahead, load(code.u32(WarpgroupShape.WARP)));
  }

  /**
   * The scale of the group's i-th step in the tile; steps must be asked for in their order.
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

  /** Lane l loads the scale of the group's step {@code index + l}. */
  private F32 load(U32 index) {
    U32 mine = code.mad(code.add(index, lane), kLoop.stride(), kLoop.first());
    U32 kBlock = code.add(range.first(), mine);
    return code.ldGlobalNc(code.madWide(code.min(kBlock, last), Float.BYTES, row));
  }
}
