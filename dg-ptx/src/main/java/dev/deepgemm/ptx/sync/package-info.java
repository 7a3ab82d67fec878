/**
 * The kernel DSL, level two: who waits for whom.
 *
 * <p>{@link dev.deepgemm.ptx.sync.Mbarrier} is one barrier in shared memory, {@link
 * dev.deepgemm.ptx.sync.Pipeline} a ring of slots that owns its barriers and phase bits, {@link
 * dev.deepgemm.ptx.sync.Sync} holds the barriers and fences of warps, CTAs, clusters and grids.
 */
@NullMarked
package dev.deepgemm.ptx.sync;

import org.jspecify.annotations.NullMarked;
