/**
 * The kernel DSL, level two: Hopper's asynchronous machinery as patterns that cannot be used
 * wrongly.
 *
 * <p>{@link dev.deepgemm.ptx.hopper.SmemLayout} places regions, {@link
 * dev.deepgemm.ptx.hopper.Pipeline} owns barriers and phase bits, {@link
 * dev.deepgemm.ptx.hopper.Wgmma} owns fences, groups and the accumulators in flight, {@link
 * dev.deepgemm.ptx.hopper.Tma} copies boxes.
 */
@NullMarked
package dev.deepgemm.ptx.hopper;

import org.jspecify.annotations.NullMarked;
