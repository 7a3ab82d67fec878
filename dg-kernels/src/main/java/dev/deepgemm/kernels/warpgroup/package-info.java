/** How the threads of a CTA divide a tile, and where the parts of its shared memory lie. */
@NullMarked
package dev.deepgemm.kernels.warpgroup;

import org.jspecify.annotations.NullMarked;
