/** Options that several commands have. */
@NullMarked
package dev.deepgemm.cli.options;

import org.jspecify.annotations.NullMarked;
