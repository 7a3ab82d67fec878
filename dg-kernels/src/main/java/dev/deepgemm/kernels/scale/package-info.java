/** How scales are read, and how products are scaled and summed. */
@NullMarked
package dev.deepgemm.kernels.scale;

import org.jspecify.annotations.NullMarked;
