/** Assembles, caches, loads and launches kernels. */
@NullMarked
package dev.deepgemm.jit;

import org.jspecify.annotations.NullMarked;
