/** Drivers for tests: one without a device, and one that fails on command in front of another. */
@NullMarked
package dev.deepgemm.testkit.doubles;

import org.jspecify.annotations.NullMarked;
