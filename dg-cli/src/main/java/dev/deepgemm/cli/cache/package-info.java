/** The command {@code dg cache}. */
@NullMarked
package dev.deepgemm.cli.cache;

import org.jspecify.annotations.NullMarked;
