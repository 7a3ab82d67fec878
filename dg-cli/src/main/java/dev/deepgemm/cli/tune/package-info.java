/** The command {@code dg tune}. */
@NullMarked
package dev.deepgemm.cli.tune;

import org.jspecify.annotations.NullMarked;
