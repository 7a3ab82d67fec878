/** Parsed instructions into operations. */
@NullMarked
package dev.deepgemm.emulator.internal.decode;

import org.jspecify.annotations.NullMarked;
