/** Around a compilation: its settings, who hears of it, and what is said of the kernel. */
@NullMarked
package dev.deepgemm.jit.internal.compile;

import org.jspecify.annotations.NullMarked;
