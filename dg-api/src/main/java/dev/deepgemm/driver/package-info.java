/**
 * What the library asks of a CUDA driver, and what a driver answers: the contract that NVIDIA's driver
 * is put behind, and that stands for it where there is none. Values and an interface, nothing native.
 */
@NullMarked
package dev.deepgemm.driver;

import org.jspecify.annotations.NullMarked;
