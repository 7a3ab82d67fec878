/** The command {@code dg bundle}. */
@NullMarked
package dev.deepgemm.cli.bundle;

import org.jspecify.annotations.NullMarked;
