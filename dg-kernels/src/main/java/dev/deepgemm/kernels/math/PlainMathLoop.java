package dev.deepgemm.kernels.math;

import dev.deepgemm.kernels.warpgroup.MathThreads;
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
import java.util.stream.IntStream;

/**
 * The main loop without scales: the accumulators of wgmma are the sums, for the whole of k.
 *
 * <p>One batch stays in flight while the next slot is awaited, so the tensor cores never wait for a
 * barrier; a slot is therefore released one step after its instructions were issued. With a single
 * slot there is nothing to await meanwhile, and waiting for its next filling before releasing it would
 * wait for ever: then each step ends before the next begins.
 */
public final class PlainMathLoop implements MathLoop {
  private final Code code;
  private final SlotOperands operands;
  private final KLoop kLoop;
  private final Wgmma wgmma;
  private final List<Accumulator> sums;
  private final Pred always;
  private final boolean overlapped;

  /**
   * A loop of its own accumulators.
   *
   * @param slots slots of the pipeline that one slice of warpgroups has to itself
   */
  public PlainMathLoop(
      Code code, SlotOperands operands, MathThreads threads, KLoop kLoop, int slots) {
    this.code = code;
    this.operands = operands;
    this.kLoop = kLoop;
    this.wgmma = new Wgmma(code);
    this.sums =
        IntStream.range(0, threads.shape().slabs())
            .mapToObj(slab -> wgmma.accumulator(operands.atom()))
            .toList();
    this.always = code.constant(true);
    this.overlapped = slots > 1;
  }

  @Override
  public void prepare(TileScheduler.Place place) {}

  @Override
  public List<List<F32Var>> emit(Pipeline.ConsumerCursor ring) {
    code.section("math: main loop");
    if (kLoop.mayBeEmpty()) {
      // Who has no step in this tile hands over zeros.
      sums.forEach(Accumulator::zero);
    }
    Pipeline.Lagging previous = ring.lagging();
    U32 first = code.var(kLoop.first());
    kLoop.forEach(
        kBlock -> {
          Pred notFirst = code.setp(Cmp.NE, kBlock, first);
          Pipeline.Filled filled = ring.acquire();
          SlotOperands.Slot slot = operands.at(filled);
          wgmma.batch(
              batch -> {
                for (int slab = 0; slab < sums.size(); slab++) {
                  slot.mma(batch, sums.get(slab), slab, notFirst, always);
                }
              });
          if (overlapped) {
            wgmma.await(1);
            previous.next(filled, notFirst);
          } else {
            wgmma.await(0);
            filled.release();
          }
          filled.leave();
        });
    if (overlapped) {
      wgmma.await(0);
      releaseLast(previous, first);
    }
    return sums.stream()
        .map(sum -> IntStream.range(0, sum.size()).mapToObj(sum::get).toList())
        .toList();
  }

  private void releaseLast(Pipeline.Lagging previous, U32 first) {
    if (kLoop.mayBeEmpty()) {
      previous.releaseIf(code.setp(Cmp.LT, first, kLoop.kBlocks()));
    } else {
      previous.release();
    }
  }
}
