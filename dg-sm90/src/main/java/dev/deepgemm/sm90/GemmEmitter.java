package dev.deepgemm.sm90;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.PtxModule;
import dev.deepgemm.api.Scaling;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.SpecialRegister;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.sync.Arrivals;
import dev.deepgemm.ptx.sync.Pipeline;
import dev.deepgemm.ptx.sync.Sync;
import dev.deepgemm.ptx.tma.Tma;
import java.util.List;

/**
 * The SM90 GEMM kernel: persistent, warp-specialised, one template for every configuration.
 *
 * <p>A CTA has one or two math warpgroups and, behind them, a producer warpgroup of which a single
 * thread loads; three of its warps are done once they have asked for the first lines of A and B. They meet only
 * in the {@link Pipeline}. Each role walks the same tiles in the same order ({@link TileScheduler}), so the
 * producer runs ahead into the next tile while the math warpgroups still store the last one ({@link
 * Epilogue}).
 *
 * <p>Registers: the launch gives every thread the same number, of which the producer gives back most
 * and the math warpgroups take more ({@code setmaxnreg}, {@link WarpgroupShape#mathRegisters}); their
 * accumulators would not fit otherwise.
 *
 * <p>Programmatic dependent launch: everything up to the roles' first access to operands may run
 * before the previous grid has ended, and this grid lets the next one do the same. Launched without
 * that permission, the two instructions do nothing. What a CTA does with the time until then: it asks for
 * B to be brought into the cache ({@link Prefetcher}), or fetches it if it is promised to be constant
 * ({@link Producer}).
 */
final class GemmEmitter {
  private final KernelSpec spec;
  private final KernelSmem smem;
  private final WarpgroupShape shape;
  private final KernelBarriers barriers;

  GemmEmitter(KernelSpec spec) {
    this.spec = spec;
    this.smem = KernelSmem.of(spec);
    this.shape = WarpgroupShape.of(spec);
    this.barriers = KernelBarriers.of(spec);
  }

  PtxModule emit(String target) {
    KernelBuilder kernel =
        new KernelBuilder(spec.id(), target, spec.threads().total(), spec.cluster());
    kernel.note("DeepGEMM for Java");
    boolean scaled = spec.scaling() != Scaling.KERNEL_NO_SF;
    KernelParams params = KernelParams.declare(kernel, scaled, WarpEpilogue.suits(spec));
    return kernel.build(code -> body(code, params));
  }

  private void body(Code code, KernelParams params) {
    SmemAddress base = code.dynamicSmem();
    U32 warp = code.broadcast(code.div(code.special(SpecialRegister.TID_X), WarpgroupShape.WARP));
    int mathWarps = spec.threads().math() / WarpgroupShape.WARP;
    Arrivals consumers =
        Arrivals.of(shape.threadsPerSlice() / WarpgroupShape.WARP, "math warps")
            .inEachOf(spec.multicast().ctas());
    Pipeline pipeline = new Pipeline(code, base, smem.full(), smem.empty(), consumers);

    Pred isProducerWarp = code.setp(Cmp.EQ, warp, mathWarps);
    code.choose(
        code.setp(Cmp.LE, warp, mathWarps),
        () -> {
          code.section("prologue: barriers and tensor maps");
          code.when(
              Sync.elect(code),
              () -> {
                code.when(isProducerWarp, () -> prologue(code, params, base));
                pipeline.init(warp, mathWarps + 1);
              });
          meet(code);
        },
        () -> {
          code.section("helpers: hints to the cache, for which nobody waits");
          arriveAtMeeting(code);
          new Prefetcher(code, spec, params).emit();
          leaveMeeting(code);
        });

    code.choose(
        code.setp(Cmp.GE, warp, mathWarps),
        () -> {
          code.section("producer");
          Sync.registersAtMost(code, WarpgroupShape.producerRegisters());
          code.when(
              isProducerWarp,
              () -> code.when(Sync.elect(code), () -> producer(code, params, base, pipeline)));
        },
        () -> {
          code.section("math");
          Sync.registersUpTo(code, shape.mathRegisters());
          math(code, params, base, pipeline);
        });

    if (spec.cluster() > 1) {
      code.section("end: another CTA may still arrive at barriers of this one");
      Sync.cluster(code);
    }
  }

  private void prologue(Code code, KernelParams params, SmemAddress base) {
    Tma.prefetch(code, code.addressOf(params.mapA()));
    Tma.prefetch(code, code.addressOf(params.mapB()));
    if (params.d() == null) {
      Tma.prefetch(code, code.addressOf(params.mapD()));
    }
    KernelParams.Scales scales = params.scales();
    if (scales != null) {
      Tma.prefetch(code, code.addressOf(scales.mapSfa()));
    }
    if (spec.splitK() > 1) {
      ClusterBarriers.of(code, smem, base).init(spec);
    }
  }

  /** Barriers are initialised: for the CTA, and for the partner that will arrive at them. */
  private void meet(Code code) {
    if (spec.cluster() > 1) {
      Sync.cluster(code);
    } else {
      barriers.cta().sync(code);
    }
  }

  private void arriveAtMeeting(Code code) {
    if (spec.cluster() > 1) {
      Sync.arriveInCluster(code);
    } else {
      barriers.cta().arrive(code);
    }
  }

  private void leaveMeeting(Code code) {
    if (spec.cluster() > 1) {
      Sync.awaitCluster(code);
    }
  }

  private void producer(Code code, KernelParams params, SmemAddress base, Pipeline pipeline) {
    TileScheduler scheduler = new TileScheduler(code, spec, params);
    KRange range = KRange.of(code, spec, params);
    Sync.letNextGridStart(code);
    new Producer(code, spec, smem, base, scheduler, range, params).emit(pipeline);
  }

  private MathLoop scaledLoop(
      Code code,
      Pipeline pipeline,
      SlotOperands operands,
      MathThreads threads,
      KLoop kLoop,
      Promotion promotion) {
    return OverlappedScaledMathLoop.suits(spec)
        ? new OverlappedScaledMathLoop(code, pipeline, operands, kLoop, promotion)
        : new ScaledMathLoop(code, operands, threads, kLoop, promotion);
  }

  private void math(Code code, KernelParams params, SmemAddress base, Pipeline pipeline) {
    MathThreads threads = MathThreads.of(code, spec);
    TileWalk walk = new TileWalk(code, new TileScheduler(code, spec, params));
    KRange range = KRange.of(code, spec, params);
    SlotOperands operands = new SlotOperands(code, spec, smem, base, threads);
    KLoop kLoop = new KLoop(code, threads, range);
    KernelParams.Scales scales = params.scales();
    MathLoop loop;
    if (scales == null) {
      loop = new PlainMathLoop(code, operands, threads, kLoop, spec.stages() / shape.kSlices());
    } else {
      Promotion promotion = new Promotion(code, spec, smem, threads, base, kLoop, range, scales);
      loop = scaledLoop(code, pipeline, operands, threads, kLoop, promotion);
      walk.first(promotion::prefetch);
    }
    KReduction reduction = new KReduction(code, spec, smem, base, threads, barriers.slices());
    ClusterReduction cluster =
        spec.splitK() == 1
            ? null
            : new ClusterReduction(code, spec, smem, base, threads, range, barriers.firstSlice());
    Epilogue epilogue =
        Epilogue.of(code, spec, smem, base, threads, params, range.rank(), barriers.warpgroups());
    Pipeline.ConsumerCursor ring = pipeline.consumer(threads.kSlice(), shape.kSlices());
    Sync.awaitPreviousGrid(code);
    walk.first(loop::prepare);
    walk.forEach(
        (place, next) -> {
          code.comment("the next tile, while this one's first slot is not there yet");
          next.locate();
          List<List<F32Var>> sums = loop.emit(ring);
          code.comment("what the next tile begins with");
          next.ifAny(loop::prepare);
          reduction.emit(
              sums,
              cluster == null
                  ? () -> epilogue.emit(place, sums)
                  : () -> cluster.emit(sums, mine -> epilogue.emit(place, mine)));
        });
    epilogue.drain();
  }
}
