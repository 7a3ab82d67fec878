/** What is found and how it is told: faults, origins of undefined values, who knows of whose writes. */
@NullMarked
package dev.deepgemm.emulator.internal.check;

import org.jspecify.annotations.NullMarked;
