/** The command {@code dg conformance}. */
@NullMarked
package dev.deepgemm.cli.conformance;

import org.jspecify.annotations.NullMarked;
