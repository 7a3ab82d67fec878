/**
 * The kernel DSL, level two: who waits for whom.
 *
 * <p>{@link dev.deepgemm.ptx.sync.Mbarrier} is one barrier in shared memory, {@link
 * dev.deepgemm.ptx.sync.Arrivals} those who arrive at it, {@link dev.deepgemm.ptx.sync.Pipeline} a
 * ring of slots and {@link dev.deepgemm.ptx.sync.Rounds} what owns the phase of single barriers;
 * {@link dev.deepgemm.ptx.sync.NamedBarriers} hands out the hardware's, and {@link
 * dev.deepgemm.ptx.sync.Sync} holds what needs no object.
 */
@NullMarked
package dev.deepgemm.ptx.sync;

import org.jspecify.annotations.NullMarked;
