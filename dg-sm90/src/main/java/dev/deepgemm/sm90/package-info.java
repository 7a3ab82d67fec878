/** The architecture plugin for SM90. */
@NullMarked
package dev.deepgemm.sm90;

import org.jspecify.annotations.NullMarked;
