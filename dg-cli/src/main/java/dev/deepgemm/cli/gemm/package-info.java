/** The command {@code dg gemm}. */
@NullMarked
package dev.deepgemm.cli.gemm;

import org.jspecify.annotations.NullMarked;
