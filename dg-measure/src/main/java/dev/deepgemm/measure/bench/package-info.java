/** Speed of products, in turn with other libraries', and what a call costs the host. */
@NullMarked
package dev.deepgemm.measure.bench;

import org.jspecify.annotations.NullMarked;
