/** The command {@code dg bench ttft}. */
@NullMarked
package dev.deepgemm.cli.ttft;

import org.jspecify.annotations.NullMarked;
