/** Shared and global memory with a state for each byte, mbarriers, and how tiles and boxes lie in them. */
@NullMarked
package dev.deepgemm.emulator.internal.memory;

import org.jspecify.annotations.NullMarked;
