/** What conformance is about: rules, tiers, capabilities, and what became of a rule. */
@NullMarked
package dev.deepgemm.testkit.conformance.spec;

import org.jspecify.annotations.NullMarked;
