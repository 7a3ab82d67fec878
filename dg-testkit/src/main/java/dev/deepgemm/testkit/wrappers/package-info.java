/** Architectures that pass every call on, or watch what is said. */
@NullMarked
package dev.deepgemm.testkit.wrappers;

import org.jspecify.annotations.NullMarked;
