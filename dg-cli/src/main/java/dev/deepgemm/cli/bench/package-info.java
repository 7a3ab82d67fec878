/** The commands {@code dg bench} and {@code dg bench host}. */
@NullMarked
package dev.deepgemm.cli.bench;

import org.jspecify.annotations.NullMarked;
