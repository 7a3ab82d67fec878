package dev.deepgemm.sm90;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.PtxModule;
import dev.deepgemm.api.Scaling;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.Special;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.hopper.Pipeline;
import dev.deepgemm.ptx.hopper.Sync;
import dev.deepgemm.ptx.hopper.Tma;

/**
 * The SM90 GEMM kernel: persistent, warp-specialised, one template for every configuration.
 *
 * <p>A CTA has one or two math warpgroups and, behind them, a producer warpgroup of which a single
 * thread works. They meet only in the {@link Pipeline}. Each role walks the same tiles in the same
 * order ({@link TileOrder}), so the producer runs ahead into the next tile while the math
 * warpgroups still store the last one ({@link Epilogue}).
 *
 * <p>Registers: the launch gives every thread the same number, of which the producer gives back
 * most and the math warpgroups take more ({@code setmaxnreg}); their accumulators would not fit
 * otherwise. With 384 threads the launch gives 168 each: 128 x 40 + 256 x 232 = 384 x 168.
 */
final class GemmEmitter {
  private static final int PRODUCER_REGISTERS = 40;
  private static final int ONE_WARPGROUP_REGISTERS = 248;
  private static final int TWO_WARPGROUPS_REGISTERS = 232;

  private final KernelSpec spec;
  private final KernelSmem smem;

  GemmEmitter(KernelSpec spec) {
    this.spec = spec;
    this.smem = KernelSmem.of(spec);
  }

  PtxModule emit(String target) {
    KernelBuilder kernel =
        new KernelBuilder(spec.id(), target, spec.threads().total(), spec.multicast().ctas());
    kernel.note("DeepGEMM for Java");
    boolean scaled = spec.scaling() != Scaling.KERNEL_NO_SF;
    KernelParams params = KernelParams.declare(kernel, scaled);
    return kernel.build(code -> body(code, params));
  }

  private void body(Code code, KernelParams params) {
    U32 base = code.dynamicSmem();
    U32 warp = code.broadcast(code.div(code.special(Special.TID_X), MathThreads.WARP));
    int mathWarps = spec.threads().math() / MathThreads.WARP;
    Pipeline pipeline =
        new Pipeline(code, base, smem.full(), smem.empty(), mathWarps, spec.multicast().ctas());

    Pred isProducerWarp = code.setp(Cmp.EQ, warp, mathWarps);
    code.when(
        isProducerWarp, () -> code.when(Sync.elect(code), () -> prologue(code, params, pipeline)));
    meet(code);

    code.choose(
        code.setp(Cmp.GE, warp, mathWarps),
        () -> {
          Sync.registersAtMost(code, PRODUCER_REGISTERS);
          code.when(
              isProducerWarp,
              () -> code.when(Sync.elect(code), () -> producer(code, params, base, pipeline)));
        },
        () -> {
          Sync.registersUpTo(
              code,
              spec.threads().math() == MathThreads.WARPGROUP
                  ? ONE_WARPGROUP_REGISTERS
                  : TWO_WARPGROUPS_REGISTERS);
          math(code, params, base, pipeline);
        });

    if (spec.multicast().ctas() > 1) {
      // The other CTA may still arrive at barriers of this one.
      Sync.cluster(code);
    }
  }

  private static void prologue(Code code, KernelParams params, Pipeline pipeline) {
    Tma.prefetch(code, code.addressOf(params.mapA()));
    Tma.prefetch(code, code.addressOf(params.mapB()));
    Tma.prefetch(code, code.addressOf(params.mapD()));
    KernelParams.Scales scales = params.scales();
    if (scales != null) {
      Tma.prefetch(code, code.addressOf(scales.mapSfa()));
    }
    pipeline.init();
  }

  /** Barriers are initialised: for the CTA, and for the partner that will arrive at them. */
  private void meet(Code code) {
    if (spec.multicast().ctas() > 1) {
      Sync.cluster(code);
    } else {
      Sync.cta(code);
    }
  }

  private void producer(Code code, KernelParams params, U32 base, Pipeline pipeline) {
    TileOrder order = new TileOrder(code, spec.multicast(), params);
    new Producer(code, spec, smem, base, order, params).emit(pipeline);
  }

  private void math(Code code, KernelParams params, U32 base, Pipeline pipeline) {
    MathThreads threads = MathThreads.of(code, spec);
    TileOrder order = new TileOrder(code, spec.multicast(), params);
    SlotOperands operands = new SlotOperands(code, spec, smem, base, threads);
    KernelParams.Scales scales = params.scales();
    MathLoop loop =
        scales == null
            ? new PlainMathLoop(code, operands, threads, params)
            : new ScaledMathLoop(code, spec, smem, operands, threads, base, params, scales);
    Epilogue epilogue = new Epilogue(code, spec, smem, base, threads, params);
    Pipeline.Cursor cursor = pipeline.consumer();
    order.forEach(place -> epilogue.emit(place, loop.emit(place, cursor)));
    epilogue.drain();
  }
}
