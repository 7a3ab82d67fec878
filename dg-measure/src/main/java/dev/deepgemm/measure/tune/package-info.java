/** Times of the configurations that were not chosen, and the cost model that is fitted to them. */
@NullMarked
package dev.deepgemm.measure.tune;

import org.jspecify.annotations.NullMarked;
