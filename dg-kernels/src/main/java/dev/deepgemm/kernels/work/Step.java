package dev.deepgemm.kernels.work;

import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.sync.Pipeline;
import org.jspecify.annotations.Nullable;

/**
 * One step along k on its way into a slot.
 *
 * @param to the slot
 * @param kBlock which step it is
 * @param k its first element
 * @param pairShares whether this pair of CTAs shares its operand; null without multicast
 */
public record Step(Pipeline.Destination to, U32 kBlock, U32 k, @Nullable Pred pairShares) {}
