/**
 * The kernel DSL, level two: bulk copies of boxes of tensors, which run behind the threads' back.
 */
@NullMarked
package dev.deepgemm.ptx.tma;

import org.jspecify.annotations.NullMarked;
