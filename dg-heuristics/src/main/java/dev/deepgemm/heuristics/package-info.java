/** Turns a problem into a configuration. */
@NullMarked
package dev.deepgemm.heuristics;

import org.jspecify.annotations.NullMarked;
