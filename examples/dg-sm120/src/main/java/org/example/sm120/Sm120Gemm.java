package org.example.sm120;

import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.kernels.feed.MatrixFeed;
import dev.deepgemm.kernels.feed.Step;
import dev.deepgemm.kernels.launch.KernelArguments;
import dev.deepgemm.kernels.launch.Launch;
import dev.deepgemm.kernels.launch.OperandRule;
import dev.deepgemm.kernels.scale.NoScales;
import dev.deepgemm.kernels.warpgroup.KernelSmem;
import dev.deepgemm.kernels.work.DenseWork;
import dev.deepgemm.kernels.work.KRange;
import dev.deepgemm.kernels.work.TileWalk;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.SpecialRegister;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.ampere.MmaAtom;
import dev.deepgemm.ptx.ampere.WarpTile;
import dev.deepgemm.ptx.sync.Arrivals;
import dev.deepgemm.ptx.sync.Pipeline;
import dev.deepgemm.ptx.sync.Sync;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernel: persistent, warp-specialised. One thread of the last warp fills a ring of slots by TMA, the warps
 * in front of it multiply what is in them by mma.sync and store their sums.
 *
 * <pre>
 *   work       tiles of one product, in bands for L2      dg-kernels
 *   A, B       boxes by TMA into the slots of a ring      dg-kernels
 *   math       two warps along m, the others along n      WarpTile of dg-ptx
 *   epilogue   from registers to global memory            {@link DirectStore}
 * </pre>
 */
final class Sm120Gemm {
  private static final int WARP = 32;
  private static final int WARPS_M = 2;

  private final KernelSpec spec;
  private final KernelSmem smem;
  private final KernelArguments arguments = new KernelArguments();
  private final MatrixFeed a;
  private final MatrixFeed b;
  private final DirectStore d;
  private final DenseWork work;
  private final int mathWarps;

  /** A kernel; each part declares its arguments here. */
  Sm120Gemm(KernelSpec spec, SmemUsage usage) {
    this.spec = spec;
    this.smem = KernelSmem.of(spec, usage);
    this.a = MatrixFeed.ofA(spec, arguments);
    this.b = MatrixFeed.ofB(spec, arguments);
    this.d = new DirectStore(spec, arguments);
    this.work = new DenseWork(spec, arguments);
    this.mathWarps = spec.threads().of(ThreadRoles.MATH) / WARP;
  }

  /** What operands have to be. */
  static List<OperandRule> rules(Signature signature) {
    List<OperandRule> rules = new ArrayList<>();
    rules.add(MatrixFeed.rule(signature, OperandRole.A));
    rules.add(MatrixFeed.rule(signature, OperandRole.B));
    rules.addAll(DirectStore.rules(signature));
    rules.addAll(NoScales.rules());
    rules.addAll(DenseWork.rules());
    return List.copyOf(rules);
  }

  /** A launch of the kernel. */
  LaunchPlan plan(GemmConfig config, GemmOperands operands) {
    return new LaunchPlan(
        config.numSms(),
        spec.threads().total(),
        spec.cluster(),
        config.smemBytes(),
        arguments.values(new Launch(config, operands)));
  }

  /** The kernel's PTX. */
  PtxModule emit(String target) {
    return new KernelBuilder(spec.id(), target, spec.threads().total(), spec.cluster())
        .params(arguments.params())
        .build(this::body);
  }

  private void body(Code code) {
    SmemAddress base = code.dynamicSmem();
    U32 warp = code.broadcast(code.div(code.special(SpecialRegister.TID_X), WARP));
    Arrivals consumers = Arrivals.of(mathWarps, "math warps");
    Pipeline ring = new Pipeline(code, base, smem.full(), smem.empty(), consumers);
    Pred isProducer = code.setp(Cmp.EQ, warp, mathWarps);

    code.section("prologue: barriers and tensor maps");
    inOneThread(
        code,
        isProducer,
        () -> {
          a.prefetchMap(code);
          b.prefetchMap(code);
          ring.init(code.u32(0), 1);
        });
    Sync.cta(code);
    Sync.letNextGridStart(code);
    Sync.awaitPreviousGrid(code);

    code.section("producer");
    inOneThread(code, isProducer, () -> producer(code, base, ring));
    code.section("math");
    code.when(code.setp(Cmp.LT, warp, mathWarps), () -> math(code, base, ring, warp));
  }

  private static void inOneThread(Code code, Pred warp, Runnable body) {
    code.when(warp, () -> code.when(Sync.elect(code), body));
  }

  private void producer(Code code, SmemAddress base, Pipeline pipeline) {
    Tile tile = spec.tile();
    TileWalk walk = new TileWalk(code, work.scheduler(code));
    KRange range = work.range(code);
    MatrixFeed.Loader loadA = a.loader(code, base, smem.a());
    MatrixFeed.Loader loadB = b.loader(code, base, smem.b());
    Pipeline.ProducerCursor ring = pipeline.producer();
    U32 rank = code.u32(0);
    walk.forEach(
        (place, next) -> {
          U32 row = code.mul(place.m(), tile.m());
          U32 column = code.mul(place.n(), tile.n());
          code.repeat(
              range.count(),
              kBlock -> {
                Pipeline.Filling slot = ring.acquire(smem.a().stride() + smem.b().stride());
                Step step = new Step(slot, kBlock, code.mul(kBlock, tile.k()), place.shared());
                loadA.load(row, rank, step);
                loadB.load(column, rank, step);
                slot.commit();
              });
          next.locate();
        });
  }

  private void math(Code code, SmemAddress base, Pipeline pipeline, U32 warp) {
    Tile tile = spec.tile();
    TileWalk walk = new TileWalk(code, work.scheduler(code));
    KRange range = work.range(code);
    WarpTile sums = sums(code, warp);
    DirectStore.Role store = d.role(code);
    Pipeline.ConsumerCursor ring = pipeline.consumer();
    walk.forEach(
        (place, next) -> {
          code.comment("the next tile, while this one's first slot is not there yet");
          next.locate();
          sums.clear();
          code.repeat(
              range.count(),
              kBlock -> {
                Pipeline.Filled slot = ring.acquire();
                sums.multiply(
                    smem.a().at(code, base, slot.slot()), smem.b().at(code, base, slot.slot()));
                // One lane says that the slot is free: for all of them.
                Sync.warp(code);
                slot.release();
                slot.leave();
              });
          code.comment("store");
          sums.forEachRow(code.mul(place.m(), tile.m()), code.mul(place.n(), tile.n()), store::row);
        });
  }

  /** Two warps along m, the others along n. */
  private WarpTile sums(Code code, U32 warp) {
    int rows = spec.tile().m() / WARPS_M;
    int columns = spec.tile().n() / (mathWarps / WARPS_M);
    U32 firstRow = code.mul(code.rem(warp, WARPS_M), rows);
    U32 firstColumn = code.mul(code.div(warp, WARPS_M), columns);
    return new WarpTile(code, new MmaAtom(spec.aType()), rows, columns, firstRow, firstColumn);
  }
}
