package dev.deepgemm.driver;

import dev.deepgemm.api.ComputeCapability;

/**
 * What a device is.
 *
 * @param ordinal its number, as the driver counts in this process
 * @param name marketing name
 * @param computeCapability what decides which kernels run on it
 * @param sms streaming multiprocessors
 * @param memoryBytes device memory
 * @param l2Bytes L2 cache
 * @param smemPerBlock most shared memory that a CTA may opt in to, bytes
 * @param clockKhz highest SM clock
 * @param memoryClockKhz highest memory clock
 * @param driverVersion the driver library, such as {@code 580.95.05}; "unknown" if it does not say
 * @param cudaVersion newest CUDA version that the driver speaks, such as {@code 13.0}
 */
public record DeviceInfo(
    int ordinal,
    String name,
    ComputeCapability computeCapability,
    int sms,
    long memoryBytes,
    int l2Bytes,
    int smemPerBlock,
    int clockKhz,
    int memoryClockKhz,
    String driverVersion,
    String cudaVersion) {}
