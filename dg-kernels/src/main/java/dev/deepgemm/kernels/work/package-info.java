/** Which tile a CTA works on, and which steps along k. */
@NullMarked
package dev.deepgemm.kernels.work;

import org.jspecify.annotations.NullMarked;
