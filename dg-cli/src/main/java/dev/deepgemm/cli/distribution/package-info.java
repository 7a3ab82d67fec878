/** The folder that the command runs from, and which sources it was built of. */
@NullMarked
package dev.deepgemm.cli.distribution;

import org.jspecify.annotations.NullMarked;
