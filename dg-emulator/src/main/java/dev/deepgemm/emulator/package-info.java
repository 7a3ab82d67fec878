/** Runs PTX text on the CPU. */
@NullMarked
package dev.deepgemm.emulator;

import org.jspecify.annotations.NullMarked;
