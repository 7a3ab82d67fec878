package dev.deepgemm.api;

/**
 * A matrix in device memory, by address; the library never owns it.
 *
 * @param address device address of element [0, 0]
 * @param stride distance between the starts of two consecutive rows (of the outer dimension), in
 *     elements
 */
public record DeviceMatrix(long address, long stride) {}
