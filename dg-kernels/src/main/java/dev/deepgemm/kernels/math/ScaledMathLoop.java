package dev.deepgemm.kernels.math;

import dev.deepgemm.kernels.scale.Promotion;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.work.KLoop;
import dev.deepgemm.kernels.work.TileScheduler;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.sync.Pipeline;
import dev.deepgemm.ptx.wgmma.Accumulator;
import dev.deepgemm.ptx.wgmma.Wgmma;
import java.util.List;

/**
 * The main loop with block scales: every 128 of k the product leaves the tensor cores and is added,
 * scaled, to FP32 sums in other registers ({@link Promotion}).
 *
 * <p>Promotion is what the scales need, and it repairs accuracy as well: Hopper sums FP8 products
 * with about 14 bits of fraction, which 128 of k bear and 16,384 do not. It costs one multiply-add
 * per element and block; with two math warpgroups one of them promotes while the other one's
 * instructions run. Where registers are left for a second product, {@link OverlappedScaledMathLoop} does
 * better.
 */
public final class ScaledMathLoop implements MathLoop {
  private final Code code;
  private final SlotOperands operands;
  private final KLoop kLoop;
  private final Promotion promotion;
  private final int slabs;
  private final Wgmma wgmma;
  private final Accumulator product;
  private final Pred never;
  private final Pred always;
  private final Promotion.StepScales scales;

  /** A loop of its own product. */
  public ScaledMathLoop(
      Code code, SlotOperands operands, MathThreads threads, KLoop kLoop, Promotion promotion) {
    this.code = code;
    this.operands = operands;
    this.kLoop = kLoop;
    this.promotion = promotion;
    this.slabs = threads.shape().slabs();
    this.wgmma = new Wgmma(code);
    this.product = wgmma.accumulator(operands.atom());
    this.never = code.constant(false);
    this.always = code.constant(true);
    this.scales = promotion.step(false);
  }

  @Override
  public void prepare(TileScheduler.Place place) {
    promotion.begin(place);
  }

  @Override
  public List<List<F32Var>> emit(Pipeline.ConsumerCursor ring) {
    code.section("math: main loop, promoting each product");
    promotion.zeroSums();
    kLoop.forEach(
        kBlock -> {
          scales.beforeSlot(true);
          Pipeline.Filled filled = ring.acquire();
          SlotOperands.Slot slot = operands.at(filled);
          for (int slab = 0; slab < slabs; slab++) {
            int current = slab;
            scales.inSlot(filled, slab);
            wgmma.batch(batch -> slot.mma(batch, product, current, never, always));
            wgmma.await(0);
            boolean isLast = slab == slabs - 1;
            if (isLast && !scales.readsSlotWhileAdding()) {
              promotion.beforeRelease();
              filled.release();
            }
            scales.add(slab, product);
            if (isLast && scales.readsSlotWhileAdding()) {
              promotion.beforeRelease();
              filled.release();
            }
          }
          filled.leave();
        });
    return promotion.sums();
  }
}
