package dev.deepgemm.kernels.feed;

import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.sync.Mbarrier;
import org.jspecify.annotations.Nullable;

/**
 * One filling of a slot.
 *
 * @param slot its index
 * @param barrier that the copies complete on
 * @param kBlock step along k
 * @param k its first element
 * @param pairShares whether this pair of CTAs shares its operand; null without multicast
 */
public record Filling(U32 slot, Mbarrier barrier, U32 kBlock, U32 k, @Nullable Pred pairShares) {}
