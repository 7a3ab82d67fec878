package dev.deepgemm.kernels.math;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.kernels.feed.MatrixFeed;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.KernelSmem;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.smem.SmemDescriptor;
import dev.deepgemm.ptx.sync.Pipeline;
import dev.deepgemm.ptx.wgmma.Accumulator;
import dev.deepgemm.ptx.wgmma.Wgmma;
import dev.deepgemm.ptx.wgmma.WgmmaAtom;

/**
 * The operands of a warpgroup in the pipeline's slots, as matrix descriptors.
 *
 * <p>The block of k is 128 bytes for every type, one swizzle atom, so a slot holds four atoms of k.
 */
public final class SlotOperands {
  private final KernelSpec spec;
  private final KernelSmem smem;
  private final SmemDescriptor firstA;
  private final SmemDescriptor firstB;
  private final WgmmaAtom atom;

  /** The operands as both feeds leave them in the slots. */
  public SlotOperands(Cta cta, MathThreads threads, MatrixFeed a, MatrixFeed b) {
    Code code = cta.code();
    this.spec = cta.spec();
    this.smem = cta.smem();
    // A row takes as many bytes of a slot whichever dimension is contiguous: those of its k.
    SmemAddress rows =
        code.mad(
            threads.firstRow(code),
            spec.tile().k() * spec.aType().bytes(),
            smem.a().first(code, cta.base()));
    this.firstA = a.descriptor(code, rows);
    this.firstB = b.descriptor(code, smem.b().first(code, cta.base()));
    this.atom =
        new WgmmaAtom(spec.aType(), spec.bType(), spec.majorA(), spec.majorB(), spec.tile().n());
  }

  /** The instruction that multiplies them. */
  WgmmaAtom atom() {
    return atom;
  }

  /** Descriptors of a slot that has been filled. */
  Slot at(Pipeline.Filled filled) {
    return new Slot(
        firstA.at(filled.slot(), smem.a().stride()), firstB.at(filled.slot(), smem.b().stride()));
  }

  /** One slot. */
  final class Slot {
    private final SmemDescriptor a;
    private final SmemDescriptor b;

    private Slot(SmemDescriptor a, SmemDescriptor b) {
      this.a = a;
      this.b = b;
    }

    /**
     * Issues the atoms of one slab over the whole slot.
     *
     * @param first whether the first atom adds to the sum or replaces it
     * @param rest the same for the others
     */
    void mma(Wgmma.Batch batch, Accumulator sum, int slab, Pred first, Pred rest) {
      SmemDescriptor rows = a.alongMn(slab * WgmmaAtom.M);
      for (int k = 0; k < spec.tile().k(); k += atom.k()) {
        batch.mma(sum, rows.alongK(k), b.alongK(k), k == 0 ? first : rest);
      }
    }
  }
}
