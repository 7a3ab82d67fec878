/** The products that inference multiplies: published models, checkpoints, and how token counts vary. */
@NullMarked
package dev.deepgemm.workloads;

import org.jspecify.annotations.NullMarked;
