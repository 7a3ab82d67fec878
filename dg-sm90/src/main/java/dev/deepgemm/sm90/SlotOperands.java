package dev.deepgemm.sm90;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.TensorMap.Swizzle;
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
final class SlotOperands {
  private final KernelSpec spec;
  private final KernelSmem smem;
  private final SmemDescriptor firstA;
  private final SmemDescriptor firstB;
  private final WgmmaAtom atom;

  SlotOperands(Code code, KernelSpec spec, KernelSmem smem, SmemAddress base, MathThreads threads) {
    this.spec = spec;
    this.smem = smem;
    Swizzle swizzleA = Swizzle.ofBytes(spec.swizzles().a());
    Swizzle swizzleB = Swizzle.ofBytes(spec.swizzles().b());
    SmemAddress rows =
        code.mad(threads.firstRow(code), spec.swizzles().a(), smem.a().first(code, base));
    this.firstA = SmemDescriptor.kMajor(code, rows, spec.abType(), swizzleA);
    this.firstB = SmemDescriptor.kMajor(code, smem.b().first(code, base), spec.abType(), swizzleB);
    this.atom = WgmmaAtom.kMajor(spec.abType(), spec.tile().n());
  }

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
