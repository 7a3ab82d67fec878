/**
 * The kernel DSL, level two: Hopper's matrix instructions.
 *
 * <p>{@link dev.deepgemm.ptx.wgmma.WgmmaAtom} says what one instruction multiplies, {@link
 * dev.deepgemm.ptx.wgmma.Wgmma} owns fences and commits, and {@link
 * dev.deepgemm.ptx.wgmma.Accumulator} cannot be touched while it is written.
 */
@NullMarked
package dev.deepgemm.ptx.wgmma;

import org.jspecify.annotations.NullMarked;
