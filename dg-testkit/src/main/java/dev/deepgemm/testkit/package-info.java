/** Conformance suite for architecture plugins, references and test support. */
@NullMarked
package dev.deepgemm.testkit;

import org.jspecify.annotations.NullMarked;
