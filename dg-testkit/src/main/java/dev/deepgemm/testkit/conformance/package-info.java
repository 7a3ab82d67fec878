/**
 * The conformance suite for architecture plugins.
 *
 * <p>A plugin author extends {@link dev.deepgemm.testkit.conformance.ArchConformance}; a program
 * uses {@link dev.deepgemm.testkit.conformance.Conformance}. The rules are {@link
 * dev.deepgemm.testkit.conformance.spec.Rule}; docs/conformance.md lists them.
 */
@NullMarked
package dev.deepgemm.testkit.conformance;

import org.jspecify.annotations.NullMarked;
