/** What kernels run on, a GPU or the emulator, and one product on it: computed, checked and timed. */
@NullMarked
package dev.deepgemm.measure.machine;

import org.jspecify.annotations.NullMarked;
