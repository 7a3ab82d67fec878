package dev.deepgemm.kernels.math;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.kernels.scale.Promotion;
import dev.deepgemm.kernels.scale.Scales;
import dev.deepgemm.kernels.warpgroup.WarpgroupShape;
import dev.deepgemm.kernels.work.KLoop;
import dev.deepgemm.kernels.work.TileScheduler;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.sync.Pipeline;
import dev.deepgemm.ptx.wgmma.Accumulator;
import dev.deepgemm.ptx.wgmma.Wgmma;
import java.util.List;

/**
 * The main loop with block scales and two products: while one is promoted, the tensor cores work on
 * the other.
 *
 * <p>In {@link ScaledMathLoop} a warpgroup's step is a chain: await the slot, multiply, wait, promote.
 * Its tensor cores rest during the wait and the promotion unless another warpgroup fills the gap. Here
 * the next step's instructions are issued before the last step's product is touched, so a step costs
 * the longer of the two, not their sum. That matters most where a CTA has a single math warpgroup.
 *
 * <p>The loop is unrolled by two, because registers cannot be indexed: products and scales of even steps
 * live in one set, those of odd steps in the other. A slot is released when the step behind it has been
 * issued, as in {@link PlainMathLoop}, so a slice needs two slots.
 */
public final class OverlappedScaledMathLoop implements MathLoop {
  private final Code code;
  private final Pipeline pipeline;
  private final SlotOperands operands;
  private final KLoop kLoop;
  private final Promotion promotion;
  private final Wgmma wgmma;
  private final Pred never;
  private final Pred always;
  private final Step even;
  private final Step odd;

  /** A step in flight: where its product goes, and what promotion needs when it is there. */
  private final class Step {
    private final Accumulator product = wgmma.accumulator(operands.atom());
    private final Pipeline.Held slot = pipeline.holder();
    private final Promotion.StepScales scales = promotion.step(true);
  }

  /** A loop of its own products. */
  public OverlappedScaledMathLoop(
      Code code, Pipeline pipeline, SlotOperands operands, KLoop kLoop, Promotion promotion) {
    this.code = code;
    this.pipeline = pipeline;
    this.operands = operands;
    this.kLoop = kLoop;
    this.promotion = promotion;
    this.wgmma = new Wgmma(code);
    this.never = code.constant(false);
    this.always = code.constant(true);
    this.even = new Step();
    this.odd = new Step();
  }

  /**
   * Whether a kernel can work so: a slab per warpgroup, registers for a second product, and a slot to
   * hold on to while the next one is multiplied.
   */
  public static boolean suits(KernelSpec spec, Scales scales) {
    WarpgroupShape shape = WarpgroupShape.of(spec);
    return shape.slabs() == 1
        && spec.stages() / shape.kSlices() > 1
        && shape.fitsSecondProduct(spec.tile(), scales.scaleRegisters());
  }

  @Override
  public void prepare(TileScheduler.Place place) {
    promotion.begin(place);
  }

  @Override
  public List<List<F32Var>> emit(Pipeline.ConsumerCursor ring) {
    code.section("math: main loop, promoting one product under the other");
    promotion.zeroSums();
    if (kLoop.mayBeEmpty()) {
      Pred some = code.setp(Cmp.LT, kLoop.first(), kLoop.kBlocks());
      code.choose(some, () -> steps(ring), kLoop::skip);
    } else {
      steps(ring);
    }
    return promotion.sums();
  }

  private void steps(Pipeline.ConsumerCursor ring) {
    code.comment("the first step, then pairs of them");
    issue(even, ring);
    U32 last =
        kLoop.forEachPair(
            () -> {
              issue(odd, ring);
              retire(even, 1);
              issue(even, ring);
              retire(odd, 1);
            });
    code.comment("the last step or two");
    code.choose(
        code.setp(Cmp.LT, last, kLoop.kBlocks()),
        () -> {
          issue(odd, ring);
          retire(even, 1);
          retire(odd, 0);
        },
        () -> retire(even, 0));
  }

  private void issue(Step step, Pipeline.ConsumerCursor ring) {
    // Even steps are even ones of the tile, and what is loaded at once is an even number of steps.
    step.scales.beforeSlot(step == even);
    Pipeline.Filled filled = ring.acquire();
    SlotOperands.Slot slot = operands.at(filled);
    step.scales.inSlot(filled, 0);
    wgmma.batch(batch -> slot.mma(batch, step.product, 0, never, always));
    step.slot.hold(filled);
    filled.leave();
  }

  private void retire(Step step, int pending) {
    wgmma.await(pending);
    if (step.scales.readsSlotWhileAdding()) {
      step.scales.add(0, step.product);
      promotion.beforeRelease();
      step.slot.release();
    } else {
      promotion.beforeRelease();
      step.slot.release();
      step.scales.add(0, step.product);
    }
  }
}
