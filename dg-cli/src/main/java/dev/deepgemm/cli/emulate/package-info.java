/** The command {@code dg emulate}. */
@NullMarked
package dev.deepgemm.cli.emulate;

import org.jspecify.annotations.NullMarked;
