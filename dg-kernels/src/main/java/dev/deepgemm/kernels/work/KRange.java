package dev.deepgemm.kernels.work;

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
public record KRange(U32 all, U32 rank, U32 first, U32 count, boolean mayBeEmpty) {}
