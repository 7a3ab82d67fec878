/**
 * The kernel DSL, level two: what lies where in shared memory, and how instructions are told.
 *
 * <p>{@link dev.deepgemm.ptx.smem.SmemLayout} places regions, once; {@link
 * dev.deepgemm.ptx.smem.SmemDescriptor} describes a swizzled operand to the tensor cores; {@link
 * dev.deepgemm.ptx.smem.Fragment} says who holds (row, column) of a sum, {@link
 * dev.deepgemm.ptx.smem.SwizzledRows} where it lies, and {@link
 * dev.deepgemm.ptx.smem.MatrixStore} takes it there.
 */
@NullMarked
package dev.deepgemm.ptx.smem;

import org.jspecify.annotations.NullMarked;
