/** Things that fail on command, for tests of what happens then. */
@NullMarked
package dev.deepgemm.testkit.faults;

import org.jspecify.annotations.NullMarked;
