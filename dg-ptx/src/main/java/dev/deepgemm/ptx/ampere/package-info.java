/**
 * The kernel DSL, level two: what came with Ampere and runs on every later architecture.
 *
 * <p>{@link dev.deepgemm.ptx.ampere.CpAsync} copies to shared memory behind the threads' back,
 * {@link dev.deepgemm.ptx.ampere.MatrixLoad} reads fragments, {@link
 * dev.deepgemm.ptx.ampere.WarpMma} multiplies them, {@link dev.deepgemm.ptx.ampere.SwizzledTile}
 * knows where in shared memory they are, and {@link dev.deepgemm.ptx.ampere.WarpTile} is what a warp does
 * with all of that.
 */
@NullMarked
package dev.deepgemm.ptx.ampere;

import org.jspecify.annotations.NullMarked;
