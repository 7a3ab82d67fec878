/** The command {@code dg info}. */
@NullMarked
package dev.deepgemm.cli.info;

import org.jspecify.annotations.NullMarked;
