package dev.deepgemm.jit.internal.cuda;

import static dev.deepgemm.jit.internal.cuda.DriverCall.check;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.driver.DeviceInfo;
import java.nio.charset.StandardCharsets;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;

/** Asks NVIDIA's driver what a device is. */
final class DeviceQuery {
  private DeviceQuery() {}

  static DeviceInfo of(int ordinal, String driverVersion, String cudaVersion) {
    CUdevice device = handle(ordinal);
    byte[] name = new byte[256];
    check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, name.length, device));
    int length = 0;
    while (length < name.length && name[length] != 0) {
      length++;
    }
    long[] memory = new long[1];
    check("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(memory, device));
    return DeviceInfo.builder(
            ordinal,
            new String(name, 0, length, StandardCharsets.UTF_8),
            new ComputeCapability(
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)))
        .sms(attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT))
        .memoryBytes(memory[0])
        .l2Bytes(attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE))
        .smemPerBlock(
            attribute(
                device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN))
        .clockKhz(attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_CLOCK_RATE))
        .memoryClockKhz(attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE))
        .versions(driverVersion, cudaVersion)
        .build();
  }

  static CUdevice handle(int ordinal) {
    CUdevice device = new CUdevice();
    check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, ordinal));
    return device;
  }

  private static int attribute(CUdevice device, int attribute) {
    int[] value = new int[1];
    check("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
    return value[0];
  }
}
