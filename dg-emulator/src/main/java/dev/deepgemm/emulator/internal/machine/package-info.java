/** Warps, CTAs, clusters and their scheduler; an instruction is an abstract operation here. */
@NullMarked
package dev.deepgemm.emulator.internal.machine;

import org.jspecify.annotations.NullMarked;
