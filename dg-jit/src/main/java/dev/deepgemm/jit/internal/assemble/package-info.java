/** From PTX to machine code: the assemblers that a machine may have, and the choice among them. */
@NullMarked
package dev.deepgemm.jit.internal.assemble;

import org.jspecify.annotations.NullMarked;
