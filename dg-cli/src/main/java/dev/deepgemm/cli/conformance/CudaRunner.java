package dev.deepgemm.cli.conformance;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.jit.DeepGemm;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.jit.GpuBuffer;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.testkit.conformance.run.KernelRunner;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs the conformance suite's kernels on a GPU, through the library's facade. */
final class CudaRunner implements KernelRunner, AutoCloseable {
  private final Gpu.Search search;
  private final Options options;
  private @Nullable DeepGemm deepGemm;
  private boolean broken;

  CudaRunner(Options options) {
    this.options = options;
    this.search = Gpu.find();
  }

  @Override
  public String id() {
    return "device";
  }

  @Override
  public String description() {
    return search
        .gpu()
        .map(Gpu::info)
        .map(
            info ->
                info.name() + ", driver " + info.driverVersion() + ", CUDA " + info.cudaVersion())
        .orElse("no GPU");
  }

  @Override
  public Optional<String> unavailable(ArchSpec arch) {
    if (search.gpu().isEmpty()) {
      return Optional.of("no GPU: " + search.whyNot().lines().findFirst().orElse(""));
    }
    if (broken) {
      return Optional.of("an earlier kernel left the device in a state of error");
    }
    DeviceInfo info = search.gpu().get().info();
    return arch.runsOn(info.computeCapability())
        ? Optional.empty()
        : Optional.of(arch.target() + " does not run on " + info.computeCapability());
  }

  @Override
  public void run(Job job, GemmData data, HostMatrix d) {
    Gpu gpu = search.gpu().orElseThrow();
    List<GpuBuffer> buffers = new ArrayList<>();
    try {
      GemmOperands operands =
          GemmOperands.of(
              upload(gpu, buffers, data.a()),
              upload(gpu, buffers, data.b()),
              upload(gpu, buffers, d),
              optional(gpu, buffers, data.scalesA()),
              optional(gpu, buffers, data.scalesB()));
      facade(gpu, job.arch()).gemm(job.config(), operands, 0);
      gpu.synchronize();
      byte[] result = new byte[Math.toIntExact(d.bytes())];
      buffers.get(2).download(result);
      int at = 0;
      for (byte[] chunk : d.chunks()) {
        System.arraycopy(result, at, chunk, 0, chunk.length);
        at += chunk.length;
      }
      buffers.forEach(GpuBuffer::close);
    } catch (RuntimeException e) {
      // A fault in a kernel ends its context: whatever comes after fails too, and says nothing.
      broken = true;
      throw e;
    }
  }

  private DeepGemm facade(Gpu gpu, ArchSpec arch) {
    if (deepGemm == null) {
      deepGemm =
          DeepGemm.builder()
              .options(options)
              .archs(ArchSpecs.of(List.of(arch)))
              .arch(arch.id())
              .gpu(gpu)
              .build();
    }
    return deepGemm;
  }

  private static @Nullable DeviceMatrix optional(
      Gpu gpu, List<GpuBuffer> buffers, @Nullable HostMatrix matrix) {
    return matrix == null ? null : upload(gpu, buffers, matrix);
  }

  private static DeviceMatrix upload(Gpu gpu, List<GpuBuffer> buffers, HostMatrix matrix) {
    byte[] bytes = new byte[Math.toIntExact(matrix.bytes())];
    int at = 0;
    for (byte[] chunk : matrix.chunks()) {
      System.arraycopy(chunk, 0, bytes, at, chunk.length);
      at += chunk.length;
    }
    GpuBuffer buffer = gpu.allocate(bytes.length).upload(bytes);
    buffers.add(buffer);
    return new DeviceMatrix(buffer.address(), matrix.stride());
  }

  @Override
  public void close() {
    if (deepGemm != null) {
      deepGemm.close();
    }
    search.gpu().ifPresent(Gpu::close);
  }
}
