/** The commands {@code dg kernels}, {@code dg emit} and {@code dg compile}. */
@NullMarked
package dev.deepgemm.cli.kernels;

import org.jspecify.annotations.NullMarked;
