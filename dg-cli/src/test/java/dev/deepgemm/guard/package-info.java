/**
 * What must not change by accident: the kernels that are emitted, the launches that are planned, and the
 * surface that plugins compile against. Each is a table in {@code src/test/resources/guard}.
 */
@NullMarked
package dev.deepgemm.guard;

import org.jspecify.annotations.NullMarked;
