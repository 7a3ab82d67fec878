/** How commands print: writers, tables, progress bars and exit codes. */
@NullMarked
package dev.deepgemm.cli.console;

import org.jspecify.annotations.NullMarked;
