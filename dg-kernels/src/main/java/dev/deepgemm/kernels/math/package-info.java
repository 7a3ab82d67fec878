/** The main loops of warpgroups, and how sums of several of them meet. */
@NullMarked
package dev.deepgemm.kernels.math;

import org.jspecify.annotations.NullMarked;
