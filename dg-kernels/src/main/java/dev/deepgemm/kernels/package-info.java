/**
 * Kernels as they are composed of parts; {@link dev.deepgemm.kernels.WarpSpecializedGemm} is the whole.
 */
@NullMarked
package dev.deepgemm.kernels;

import org.jspecify.annotations.NullMarked;
