/** The command {@code dg warmup}. */
@NullMarked
package dev.deepgemm.cli.warmup;

import org.jspecify.annotations.NullMarked;
