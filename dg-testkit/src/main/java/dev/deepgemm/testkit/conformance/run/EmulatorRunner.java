package dev.deepgemm.testkit.conformance.run;

import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.emulator.DeviceMemory;
import dev.deepgemm.emulator.Emulator;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import java.io.ByteArrayOutputStream;
import java.util.Optional;

/**
 * Runs kernels on the emulator. Each run has another seed, counted from 0, so that a suite sees
 * many interleavings and still the same ones every time; a fault names its seed.
 */
public final class EmulatorRunner implements KernelRunner {
  private long seed;

  /** A runner whose first run has seed 0. */
  public EmulatorRunner() {}

  @Override
  public String id() {
    return "emulator";
  }

  @Override
  public String description() {
    return "dg-emulator, FP32 accumulation";
  }

  @Override
  public Optional<String> unavailable(ArchSpec arch) {
    return Optional.empty();
  }

  @Override
  public void run(Job job, GemmData data, HostMatrix d) {
    DeviceMemory memory = new DeviceMemory();
    DeviceMatrix output = upload(memory, d);
    GemmOperands.Builder builder = GemmOperands.builder().set(OperandRole.D, output);
    data.operands()
        .forEach(
            (role, matrix) -> {
              if (role != OperandRole.C) { // it is in D
                builder.set(role, upload(memory, matrix));
              }
            });
    GemmOperands operands = builder.build();
    LaunchPlan plan = job.planner().apply(operands);
    Emulator.builder()
        .seed(seed++)
        .dependent(job.arch().kernels().map(KernelProvider::awaitsPreviousGrid).orElse(false))
        .build()
        .run(job.module(), plan, memory);
    download(memory, output.address(), d);
  }

  private static DeviceMatrix upload(DeviceMemory memory, HostMatrix matrix) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    matrix.chunks().forEach(bytes::writeBytes);
    return new DeviceMatrix(memory.allocate(bytes.toByteArray()), matrix.stride());
  }

  private static void download(DeviceMemory memory, long address, HostMatrix matrix) {
    long at = address;
    for (byte[] chunk : matrix.chunks()) {
      byte[] bytes = memory.read(at, chunk.length);
      System.arraycopy(bytes, 0, chunk, 0, chunk.length);
      at += chunk.length;
    }
  }
}
