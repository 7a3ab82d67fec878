/** PTX text into instructions; what they mean is nobody's business here. */
@NullMarked
package dev.deepgemm.emulator.internal.parse;

import org.jspecify.annotations.NullMarked;
