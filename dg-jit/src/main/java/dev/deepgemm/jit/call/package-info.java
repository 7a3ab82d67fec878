/**
 * Calls put together by name: {@link dev.deepgemm.jit.call.Gemms} has a builder for each kind of product,
 * and {@link dev.deepgemm.jit.DeepGemm#run} carries out what it builds.
 */
@NullMarked
package dev.deepgemm.jit.call;

import org.jspecify.annotations.NullMarked;
