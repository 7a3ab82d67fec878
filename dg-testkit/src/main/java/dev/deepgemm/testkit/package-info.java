/** Test support: architecture rules and tests that need a GPU. */
@NullMarked
package dev.deepgemm.testkit;

import org.jspecify.annotations.NullMarked;
