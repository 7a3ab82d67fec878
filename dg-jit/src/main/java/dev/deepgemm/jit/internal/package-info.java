/**
 * Not for use from outside of the module, as all packages below. {@code assemble} turns PTX into
 * machine code, {@code cache} keeps it, {@code compile} settles what else there is to a compilation
 * (settings, listeners, logs, judgements), {@code cuda} is the NVIDIA driver.
 */
@NullMarked
package dev.deepgemm.jit.internal;

import org.jspecify.annotations.NullMarked;
