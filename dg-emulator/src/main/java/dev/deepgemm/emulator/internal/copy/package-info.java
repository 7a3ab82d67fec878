/** Copies of the asynchronous proxy while they are under way. */
@NullMarked
package dev.deepgemm.emulator.internal.copy;

import org.jspecify.annotations.NullMarked;
