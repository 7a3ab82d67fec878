/** Operands on their way from global memory into the slots of the pipeline. */
@NullMarked
package dev.deepgemm.kernels.feed;

import org.jspecify.annotations.NullMarked;
