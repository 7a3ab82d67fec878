/**
 * The vocabulary of the library: problems, configurations, kernels, operands, options and errors.
 *
 * <p>Everything here is an immutable value. Nothing here loads native code, looks for a GPU or
 * reads a file; only {@link dev.deepgemm.api.Options} reads the environment.
 */
@NullMarked
package dev.deepgemm.api;

import org.jspecify.annotations.NullMarked;
