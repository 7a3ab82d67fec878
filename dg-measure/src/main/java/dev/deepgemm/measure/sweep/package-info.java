/** Every legal configuration on awkward shapes, compared in full. */
@NullMarked
package dev.deepgemm.measure.sweep;

import org.jspecify.annotations.NullMarked;
