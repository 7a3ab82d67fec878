/**
 * Host matrices, number formats and double-precision references: what a GEMM's result is compared
 * with. Needs no GPU and no test framework.
 */
@NullMarked
package dev.deepgemm.reference;

import org.jspecify.annotations.NullMarked;
