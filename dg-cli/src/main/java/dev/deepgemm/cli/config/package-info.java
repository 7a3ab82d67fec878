/** The command {@code dg config}. */
@NullMarked
package dev.deepgemm.cli.config;

import org.jspecify.annotations.NullMarked;
