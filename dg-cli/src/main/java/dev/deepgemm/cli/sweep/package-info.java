/** The commands {@code dg sweep} and {@code dg agree}. */
@NullMarked
package dev.deepgemm.cli.sweep;

import org.jspecify.annotations.NullMarked;
