/** Architecture rules, in the sense of software: who may see whom, and habits. Needs ArchUnit on the class path. */
@NullMarked
package dev.deepgemm.testkit.rules;

import org.jspecify.annotations.NullMarked;
