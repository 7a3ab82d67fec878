/** One check for each rule. */
@NullMarked
package dev.deepgemm.testkit.conformance.checks;

import org.jspecify.annotations.NullMarked;
