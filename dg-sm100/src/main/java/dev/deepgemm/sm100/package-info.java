/** The architecture plugin for SM100. */
@NullMarked
package dev.deepgemm.sm100;

import org.jspecify.annotations.NullMarked;
