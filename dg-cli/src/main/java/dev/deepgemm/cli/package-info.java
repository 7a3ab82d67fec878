/** The command dg and the runnable distribution. */
@NullMarked
package dev.deepgemm.cli;

import org.jspecify.annotations.NullMarked;
