package dev.deepgemm.cli;

import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.Options;
import dev.deepgemm.jit.DeepGemm;
import dev.deepgemm.jit.DeviceInfo;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.jit.GpuBuffer;
import dev.deepgemm.jit.GpuGraph;
import dev.deepgemm.jit.PreparedGemm;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.testkit.HostMatrix;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A GPU, through the library's facade: what a user of the library would do. */
final class CudaMachine implements Machine {
  private static final int STAGING = 16 << 20;
  private static final int WARM_UPS = 3;
  private static final int REPLAYS = 7;

  private final DeepGemm deepGemm;
  private final Gpu gpu;
  private final long stream;
  private final Map<Long, GpuBuffer> buffers = new LinkedHashMap<>();
  private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING);

  private CudaMachine(DeepGemm deepGemm, Gpu gpu) {
    this.deepGemm = deepGemm;
    this.gpu = gpu;
    this.stream = gpu.createStream();
  }

  /** An open device, which is closed with the machine. */
  static CudaMachine of(Options options, Gpu gpu) {
    return new CudaMachine(DeepGemm.builder().options(options).gpu(gpu).build(), gpu);
  }

  @Override
  public String name() {
    return gpu.info().name();
  }

  @Override
  public String description() {
    DeviceInfo info = gpu.info();
    return String.format(
        Locale.ROOT,
        "%s, compute capability %s, %d SMs, driver %s (CUDA %s)",
        info.name(),
        info.computeCapability(),
        info.sms(),
        info.driverVersion(),
        info.cudaVersion());
  }

  @Override
  public ArchSpec arch() {
    return deepGemm.arch();
  }

  @Override
  public int sms() {
    return gpu.info().sms();
  }

  /** Size of the L2 cache in bytes. */
  int l2Bytes() {
    return gpu.info().l2Bytes();
  }

  @Override
  public GemmConfig configure(GemmDesc desc) {
    return deepGemm.config(desc);
  }

  @Override
  public Prepared prepare(GemmConfig config) {
    PreparedGemm prepared = deepGemm.prepare(config);
    return new Prepared(
        prepared.tier().name().toLowerCase(Locale.ROOT),
        prepared.emitNanos() / 1e6,
        prepared.assembleNanos() / 1e6,
        prepared.loadNanos() / 1e6,
        prepared.assembler(),
        prepared.usage());
  }

  @Override
  public long upload(HostMatrix matrix) {
    GpuBuffer buffer = gpu.allocate(matrix.bytes());
    buffers.put(buffer.address(), buffer);
    overwrite(buffer.address(), matrix);
    return buffer.address();
  }

  /** Another copy of memory that {@link #upload} allocated. */
  long duplicate(long address) {
    GpuBuffer original = buffer(address);
    GpuBuffer copy = gpu.allocate(original.bytes());
    buffers.put(copy.address(), copy);
    gpu.copy(address, copy.address(), original.bytes(), 0);
    gpu.synchronize();
    return copy.address();
  }

  @Override
  public void overwrite(long address, HostMatrix from) {
    GpuBuffer buffer = buffer(address);
    long at = 0;
    for (byte[] chunk : from.chunks()) {
      for (int i = 0; i < chunk.length; i += STAGING) {
        int count = Math.min(STAGING, chunk.length - i);
        staging.clear().put(chunk, i, count).flip();
        buffer.upload(at, staging);
        at += count;
      }
    }
  }

  @Override
  public void download(long address, HostMatrix into) {
    GpuBuffer buffer = buffer(address);
    long at = 0;
    for (byte[] chunk : into.chunks()) {
      for (int i = 0; i < chunk.length; i += STAGING) {
        int count = Math.min(STAGING, chunk.length - i);
        buffer.download(at, staging.clear().limit(count));
        staging.position(0).limit(count).get(chunk, i, count);
        at += count;
      }
    }
  }

  private GpuBuffer buffer(long address) {
    GpuBuffer buffer = buffers.get(address);
    if (buffer == null) {
      throw new IllegalArgumentException("no memory at 0x" + Long.toHexString(address));
    }
    return buffer;
  }

  @Override
  public void freeAll() {
    buffers.values().forEach(GpuBuffer::close);
    buffers.clear();
  }

  @Override
  public void run(GemmConfig config, GemmOperands operands) {
    deepGemm.gemm(config, operands, stream);
    gpu.synchronize(stream);
  }

  /**
   * Time of one warm launch.
   *
   * <p>A CUDA graph of {@code launches} launches, one input set after the other, is replayed: graphs
   * keep the host's share of a launch out of the figure, as a serving process does, and changing sets
   * keep the inputs out of the L2 cache, where they would not be in one either.
   *
   * @param sets input sets, used in turn
   * @param launches launches in one graph
   * @return microseconds per launch, median of seven replays
   */
  double warmMicros(GemmConfig config, List<GemmOperands> sets, int launches) {
    try (GpuGraph graph =
        gpu.capture(
            stream,
            () -> {
              for (int i = 0; i < launches; i++) {
                deepGemm.gemm(config, sets.get(i % sets.size()), stream);
              }
            })) {
      for (int i = 0; i < WARM_UPS; i++) {
        graph.launch(stream);
      }
      gpu.synchronize(stream);
      double[] micros = new double[REPLAYS];
      for (int i = 0; i < REPLAYS; i++) {
        micros[i] = gpu.timeMicros(stream, () -> graph.launch(stream)) / launches;
      }
      Arrays.sort(micros);
      return micros[REPLAYS / 2];
    }
  }

  @Override
  public void close() {
    try {
      freeAll();
      gpu.destroyStream(stream);
    } finally {
      deepGemm.close();
      gpu.close();
    }
  }
}
