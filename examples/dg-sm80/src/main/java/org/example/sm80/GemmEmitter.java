package org.example.sm80;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.SpecialRegister;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U32Var;
import dev.deepgemm.ptx.ampere.CpAsync;
import dev.deepgemm.ptx.ampere.MmaAtom;
import dev.deepgemm.ptx.ampere.WarpTile;
import dev.deepgemm.ptx.smem.SmemLayout;
import dev.deepgemm.ptx.smem.SmemRegion;
import dev.deepgemm.ptx.sync.Sync;

/**
 * The kernel: persistent, multistage. All threads copy, all threads multiply.
 *
 * <p>In step i the CTA multiplies slot i while the copies of the next {@code stages - 1} steps are
 * under way. One barrier per step does for both directions: behind it everybody's copies for step i
 * have landed, and everybody has read slot i - 1, which is the one that is filled next.
 */
final class GemmEmitter {
  private static final int SLOT_ALIGNMENT = 1024;
  private static final int WARP = 32;
  private static final int WARPS_M = 2;

  private final KernelSpec spec;
  private final SmemRegion slotsA;
  private final SmemRegion slotsB;

  GemmEmitter(KernelSpec spec) {
    this.spec = spec;
    Tile tile = spec.tile();
    int rowBytes = tile.k() * spec.aType().bytes();
    SmemLayout layout = new SmemLayout();
    slotsA = layout.region("A", tile.m() * rowBytes, spec.stages(), SLOT_ALIGNMENT);
    slotsB = layout.region("B", tile.n() * rowBytes, spec.stages(), SLOT_ALIGNMENT);
  }

  PtxModule emit(String target) {
    KernelBuilder kernel = new KernelBuilder(spec.id(), target, spec.threads().total(), 1);
    KernelParams params = KernelParams.declare(kernel);
    return kernel.build(code -> body(code, params));
  }

  private void body(Code code, KernelParams params) {
    Tile tile = spec.tile();
    int threads = spec.threads().total();
    SmemAddress smem = code.dynamicSmem();
    U32 thread = code.special(SpecialRegister.TID_X);
    U32 m = code.ldParam(params.m());
    U32 n = code.ldParam(params.n());
    U32 kBytes = code.mul(code.ldParam(params.k()), spec.aType().bytes());
    U32 nBlocks = code.ldParam(params.nBlocks());
    U32 kBlocks = code.ldParam(params.kBlocks());
    Copier copierA =
        new Copier(
            code,
            code.ldParam(params.a()),
            code.ldParam(params.rowBytesA()),
            m,
            thread,
            threads,
            tile.m());
    Copier copierB =
        new Copier(
            code,
            code.ldParam(params.b()),
            code.ldParam(params.rowBytesB()),
            n,
            thread,
            threads,
            tile.n());
    WarpTile warp = warpTile(code, thread);
    Output output =
        new Output(
            code, spec.dType(), code.ldParam(params.d()), code.ldParam(params.rowBytesD()), m, n);

    code.loop(
        code.special(SpecialRegister.CTAID_X),
        code.ldParam(params.tiles()),
        code.special(SpecialRegister.NCTAID_X),
        index -> {
          U32 mBlock = code.div(index, nBlocks);
          U32 nBlock = code.sub(index, code.mul(mBlock, nBlocks));
          U32 row = code.mul(mBlock, tile.m());
          U32 column = code.mul(nBlock, tile.n());
          Copier.Rows rowsA = copierA.rows(row);
          Copier.Rows rowsB = copierB.rows(column);
          Copies copies =
              (slot, kBlock) -> {
                U32 bytes = copierA.bytesInside(kBlock, kBytes);
                rowsA.copy(slotsA.at(code, smem, slot), kBlock, bytes);
                rowsB.copy(slotsB.at(code, smem, slot), kBlock, bytes);
              };
          warp.clear();
          mainLoop(code, smem, kBlocks, copies, warp);
          code.section("store");
          warp.forEachRow(row, column, at -> output.row(at)::store);
        });
  }

  /** Two warps along m, the others along n. */
  private WarpTile warpTile(Code code, U32 thread) {
    int rows = spec.tile().m() / WARPS_M;
    int columns = spec.tile().n() / (spec.threads().total() / WARP / WARPS_M);
    U32 warp = code.broadcast(code.div(thread, WARP));
    U32 firstRow = code.mul(code.rem(warp, WARPS_M), rows);
    U32 firstColumn = code.mul(code.div(warp, WARPS_M), columns);
    return new WarpTile(code, new MmaAtom(spec.aType()), rows, columns, firstRow, firstColumn);
  }

  /** Issues the copies of both operands for one step. */
  private interface Copies {
    void issue(U32 slot, U32 kBlock);
  }

  private void mainLoop(Code code, SmemAddress smem, U32 kBlocks, Copies copies, WarpTile warp) {
    code.section("the first copies");
    int stages = spec.stages();
    for (int stage = 0; stage < stages - 1; stage++) {
      U32 step = code.u32(stage);
      code.when(code.setp(Cmp.LT, step, kBlocks), () -> copies.issue(step, step));
      CpAsync.commit(code);
    }
    code.section("main loop");
    U32Var slot = code.var(0);
    U32Var free = code.var(stages - 1);
    code.repeat(
        kBlocks,
        kBlock -> {
          CpAsync.await(code, stages - 2);
          Sync.cta(code);
          U32 ahead = code.add(kBlock, stages - 1);
          code.when(code.setp(Cmp.LT, ahead, kBlocks), () -> copies.issue(free, ahead));
          // Also where nothing was issued: the number of batches is what is waited for.
          CpAsync.commit(code);
          warp.multiply(slotsA.at(code, smem, slot), slotsB.at(code, smem, slot));
          code.set(free, slot);
          code.increment(slot, 1);
          code.set(slot, code.selp(code.u32(0), slot, code.setp(Cmp.EQ, slot, stages)));
        });
    // The next tile's copies overwrite slots that others may still read.
    CpAsync.await(code, 0);
    Sync.cta(code);
  }
}
