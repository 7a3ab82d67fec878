/** The NVIDIA driver behind {@link dev.deepgemm.driver.CudaDriver}: natives, launches, contexts. */
@NullMarked
package dev.deepgemm.jit.internal.cuda;

import org.jspecify.annotations.NullMarked;
