/**
 * The kernel DSL, level two: what lies where in shared memory, and how instructions are told.
 *
 * <p>{@link dev.deepgemm.ptx.smem.SmemLayout} places regions, once; {@link
 * dev.deepgemm.ptx.smem.SmemDescriptor} describes a swizzled operand to the tensor cores; {@link
 * dev.deepgemm.ptx.smem.MatrixStore} writes fragments.
 */
@NullMarked
package dev.deepgemm.ptx.smem;

import org.jspecify.annotations.NullMarked;
