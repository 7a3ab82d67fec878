/**
 * Matrix products on a GPU: {@link dev.deepgemm.jit.DeepGemm} and what it is made of. Kernels are
 * assembled, cached, loaded and launched in the packages below; what is told of a kernel is in {@link
 * dev.deepgemm.jit.kernel}.
 */
@NullMarked
package dev.deepgemm.jit;

import org.jspecify.annotations.NullMarked;
