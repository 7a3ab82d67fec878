/** The operations: what each instruction does. */
@NullMarked
package dev.deepgemm.emulator.internal.ops;

import org.jspecify.annotations.NullMarked;
