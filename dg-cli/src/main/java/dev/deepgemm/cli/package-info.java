/** The command {@code dg}: each of its subcommands has a package, and prints what other modules find. */
@NullMarked
package dev.deepgemm.cli;

import org.jspecify.annotations.NullMarked;
