/**
 * The kernel DSL, level one: registers, control flow and typed instructions.
 *
 * <p>Java is the template language. A Java loop unrolls, a Java {@code if} specialises, and a
 * lambda handed to {@link dev.deepgemm.ptx.Code#loop} or {@link dev.deepgemm.ptx.Code#when} becomes
 * a run-time loop or branch. Patterns for shared memory, barriers, copies and matrix
 * instructions are in the packages below.
 */
@NullMarked
package dev.deepgemm.ptx;

import org.jspecify.annotations.NullMarked;
