/** Does the emulator compute what the hardware computes? */
@NullMarked
package dev.deepgemm.measure.agree;

import org.jspecify.annotations.NullMarked;
