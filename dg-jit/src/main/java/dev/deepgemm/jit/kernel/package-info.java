/**
 * What is known of a kernel on its way to a device: its machine code and where that came from, what it
 * uses, what the caches hold, who is told of it, and the error if there is none.
 */
@NullMarked
package dev.deepgemm.jit.kernel;

import org.jspecify.annotations.NullMarked;
