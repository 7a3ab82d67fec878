package dev.deepgemm.measure.machine;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.jit.DeepGemm;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.jit.GpuBuffer;
import dev.deepgemm.jit.GpuGraph;
import dev.deepgemm.jit.PreparedGemm;
import dev.deepgemm.measure.Kernels;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.spi.ArchSpec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A GPU, through the library's facade: what a user of the library would do. */
public final class CudaMachine implements Machine {
  private static final int STAGING = 16 << 20;
  private static final long WARM_UP_NANOS = 50_000_000;
  private static final int REPLAYS = 7;

  private final Options options;
  private final DeepGemm deepGemm;
  private final Gpu gpu;
  private final long stream;
  private final Map<Long, GpuBuffer> buffers = new LinkedHashMap<>();
  private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING);

  private CudaMachine(Options options, DeepGemm deepGemm, Gpu gpu) {
    this.options = options;
    this.deepGemm = deepGemm;
    this.gpu = gpu;
    this.stream = gpu.createStream();
  }

  /** An open device, which is closed with the machine. */
  public static CudaMachine of(Options options, Gpu gpu) {
    return new CudaMachine(options, DeepGemm.builder().options(options).gpu(gpu).build(), gpu);
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
  public int l2Bytes() {
    return gpu.info().l2Bytes();
  }

  @Override
  public GemmConfig configure(GemmDesc desc) {
    return deepGemm.config(desc);
  }

  /** The configuration of a problem on all SMs by a policy that need not be the machine's own. */
  public GemmConfig configure(GemmDesc desc, Heuristics policy) {
    Kernels.requireSupported(arch(), desc);
    Options chosen = options.with(Options.HEURISTICS, policy.name());
    return ConfigSelector.create(chosen).select(arch(), desc.withSmLimit(sms()));
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

  /** Allocates memory full of one byte; freed when the machine closes. */
  public long allocate(long bytes, byte value) {
    GpuBuffer buffer = gpu.allocate(bytes);
    buffers.put(buffer.address(), buffer);
    buffer.fill(value);
    return buffer.address();
  }

  /** Fills memory that {@link #allocate} or {@link #upload} allocated. */
  public void fill(long address, byte value) {
    buffer(address).fill(value);
  }

  /** Copies some bytes of allocated memory. */
  public void read(long address, long offset, byte[] into, int at, int count) {
    GpuBuffer buffer = buffer(address);
    for (int done = 0; done < count; done += STAGING) {
      int part = Math.min(STAGING, count - done);
      buffer.download(offset + done, staging.clear().limit(part));
      staging.position(0).limit(part).get(into, at + done, part);
    }
  }

  /** Another copy of memory that {@link #upload} allocated. */
  public long duplicate(long address) {
    GpuBuffer original = buffer(address);
    GpuBuffer copy = gpu.allocate(original.bytes());
    buffers.put(copy.address(), copy);
    gpu.copy(address, copy.address(), original.bytes(), 0);
    gpu.synchronize();
    return copy.address();
  }

  /** Copies memory that {@link #upload} allocated over another of its size. */
  public void copy(long from, long to) {
    GpuBuffer target = buffer(to);
    if (buffer(from).bytes() != target.bytes()) {
      throw new IllegalArgumentException(
          "a copy of " + buffer(from).bytes() + " bytes over " + target.bytes());
    }
    gpu.copy(from, to, target.bytes(), 0);
    gpu.synchronize();
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
    try (GpuGraph graph = graph(config, sets, launches)) {
      double[] micros = replayMicros(graph, launches, REPLAYS);
      Arrays.sort(micros);
      return micros[REPLAYS / 2];
    }
  }

  /** A graph of launches, one input set after the other. */
  public GpuGraph graph(GemmConfig config, List<GemmOperands> sets, int launches) {
    return gpu.capture(
        stream,
        () -> {
          for (int i = 0; i < launches; i++) {
            deepGemm.gemm(config, sets.get(i % sets.size()), stream);
          }
        });
  }

  /**
   * Time of one launch in each of several replays of a graph. Before, it is replayed until the device had
   * time to leave its idle clock.
   */
  public double[] replayMicros(GpuGraph graph, int launches, int replays) {
    long end = System.nanoTime() + WARM_UP_NANOS;
    do {
      graph.launch(stream);
      gpu.synchronize(stream);
    } while (System.nanoTime() < end);
    return replayMicrosNow(graph, launches, replays);
  }

  /** The same on a device that is at work already. */
  public double[] replayMicrosNow(GpuGraph graph, int launches, int replays) {
    double[] micros = gpu.timesMicros(stream, replays, () -> graph.launch(stream));
    for (int i = 0; i < replays; i++) {
      micros[i] /= launches;
    }
    return micros;
  }

  /** Emits and assembles a kernel without loading it; on any thread. */
  public void compile(GemmConfig config) {
    deepGemm.compiler().compile(Kernels.of(arch()).emit(config.kernel()), config);
  }

  /** What a large copy within device memory moves, bytes read plus bytes written, per second. */
  public double copyBytesPerSecond() {
    long bytes = Math.min(2L << 30, gpu.info().memoryBytes() / 8);
    try (GpuBuffer from = gpu.allocate(bytes).fill((byte) 0x5A);
        GpuBuffer to = gpu.allocate(bytes).fill((byte) 0)) {
      double[] micros =
          gpu.timesMicros(
              stream, REPLAYS, () -> gpu.copy(from.address(), to.address(), bytes, stream));
      Arrays.sort(micros);
      return 2 * bytes / (micros[REPLAYS / 2] * 1e-6);
    }
  }

  /** What the device is. */
  public DeviceInfo info() {
    return gpu.info();
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
