/** Compiles a set of kernels ahead of time. */
@NullMarked
package dev.deepgemm.measure.warmup;

import org.jspecify.annotations.NullMarked;
