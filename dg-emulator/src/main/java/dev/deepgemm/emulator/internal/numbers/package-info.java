/** Number formats, and the arithmetic of tensor cores. */
@NullMarked
package dev.deepgemm.emulator.internal.numbers;

import org.jspecify.annotations.NullMarked;
