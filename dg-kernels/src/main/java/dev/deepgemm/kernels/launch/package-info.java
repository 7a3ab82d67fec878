/**
 * What a kernel part says about launches: its arguments with their types and host values, and what it demands
 * of operands, each in one place.
 */
@NullMarked
package dev.deepgemm.kernels.launch;

import org.jspecify.annotations.NullMarked;
