package dev.deepgemm.kernels.work;

import dev.deepgemm.kernels.KernelParams;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.SpecialRegister;
import dev.deepgemm.ptx.U32;

/**
 * The steps along k that a CTA takes of each of its tiles: all of them, or its share where a cluster
 * splits k.
 *
 * <p>Shares are equal and rounded up, so the last CTAs of a cluster may have fewer steps, or none; they
 * then hand over zeros.
 *
 * @param all steps of a whole tile
 * @param rank rank of the CTA among those that share a tile
 * @param first first step
 * @param count how many
 * @param mayBeEmpty whether {@code count} can be 0
 */
public record KRange(U32 all, U32 rank, U32 first, U32 count, boolean mayBeEmpty) {

  public static KRange of(Code code, KernelSpec spec, KernelParams params) {
    U32 all = code.ldParam(params.kBlocks());
    int splitK = spec.splitK();
    if (splitK == 1) {
      return new KRange(all, code.u32(0), code.u32(0), all, false);
    }
    U32 rank = code.special(SpecialRegister.CLUSTER_CTARANK);
    U32 share = code.div(code.add(all, splitK - 1), splitK);
    U32 first = code.min(code.mul(rank, share), all);
    U32 end = code.min(code.add(first, share), all);
    return new KRange(all, rank, first, code.sub(end, first), true);
  }
}
