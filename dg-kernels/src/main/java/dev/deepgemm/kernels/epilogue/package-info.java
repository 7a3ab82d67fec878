/** From sums in registers to D. */
@NullMarked
package dev.deepgemm.kernels.epilogue;

import org.jspecify.annotations.NullMarked;
