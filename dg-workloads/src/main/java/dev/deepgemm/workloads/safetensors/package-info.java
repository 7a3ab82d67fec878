/** Files of tensors, read without believing anything that they say of themselves. */
@NullMarked
package dev.deepgemm.workloads.safetensors;

import org.jspecify.annotations.NullMarked;
