/** The kernel DSL: typed PTX instructions, shared-memory layout, pipelines and the printer. */
@NullMarked
package dev.deepgemm.ptx;

import org.jspecify.annotations.NullMarked;
