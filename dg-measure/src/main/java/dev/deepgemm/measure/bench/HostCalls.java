package dev.deepgemm.measure.bench;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.jit.DeepGemm;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.jit.GpuBuffer;
import dev.deepgemm.measure.Percentiles;
import java.util.ArrayList;
import java.util.List;

/**
 * What a call costs the thread that makes it.
 *
 * <p>Launches are small, and the device drains the queue between batches, so that nothing waits for it: the
 * method of {@code benchmark/launch.c}, with which the figure is compared.
 */
public final class HostCalls {
  private static final int BATCH = 400;
  private static final int BATCHES = 50;
  private static final int WARM_UP_BATCHES = 100;
  private static final int SETS = 64;
  private static final int ROWS = 16;
  private static final int COLUMNS = 128;
  private static final int INNER = 256;

  private HostCalls() {}

  /**
   * Calls of one kind.
   *
   * @param name what was called
   * @param micros a call, median over batches
   * @param least a call of the fastest batch
   * @param bytesPerCall what a call allocates on the heap
   */
  public record Figure(String name, double micros, double least, double bytesPerCall) {}

  /** Calls with and without overlap of grids: the same shape with new pointers, and shapes in turn. */
  public static List<Figure> measure(Gpu gpu, Options options) {
    try (GpuBuffer memory = gpu.allocate((long) SETS * 4 * INNER * INNER).fill((byte) 0x38)) {
      List<Figure> figures = new ArrayList<>();
      for (String overlap : List.of("0", "1")) {
        try (DeepGemm gemm =
            DeepGemm.builder().options(options.with(Options.JIT_PDL, overlap)).gpu(gpu).build()) {
          figures.addAll(figures(gemm, gpu, memory, overlap.equals("1") ? ", overlapping" : ""));
        }
      }
      return figures;
    }
  }

  private static List<Figure> figures(DeepGemm gemm, Gpu gpu, GpuBuffer memory, String note) {
    GemmDesc fp8 = GemmDesc.fp8(ROWS, COLUMNS, INNER);
    GemmDesc bf16 = GemmDesc.bf16(ROWS, COLUMNS, INNER, DataType.BF16);
    gemm.prepare(fp8);
    gemm.prepare(bf16);
    GemmOperands[] scaled = new GemmOperands[SETS];
    GemmOperands[] plain = new GemmOperands[SETS];
    GemmOperands[] mixed = new GemmOperands[SETS];
    for (int i = 0; i < SETS; i++) {
      scaled[i] = operands(memory, i, true);
      plain[i] = operands(memory, i, false);
      mixed[i] = i % 2 == 0 ? scaled[i] : plain[i];
    }
    long stream = gpu.createStream();
    try {
      return List.of(
          time("fp8" + note, gemm, gpu, stream, new GemmDesc[] {fp8}, scaled),
          time("bf16" + note, gemm, gpu, stream, new GemmDesc[] {bf16}, plain),
          time(
              "fp8 and bf16 in turn" + note, gemm, gpu, stream, new GemmDesc[] {fp8, bf16}, mixed));
    } finally {
      gpu.destroyStream(stream);
    }
  }

  private static GemmOperands operands(GpuBuffer memory, int set, boolean scaled) {
    long part = (long) INNER * INNER;
    long base = memory.address() + 4 * part * set;
    DeviceMatrix a = new DeviceMatrix(base, INNER);
    DeviceMatrix b = new DeviceMatrix(base + part, INNER);
    DeviceMatrix d = new DeviceMatrix(base + 2 * part, COLUMNS);
    return scaled
        ? GemmOperands.of(
            a,
            b,
            d,
            new DeviceMatrix(base + 3 * part, ROWS),
            new DeviceMatrix(base + 3 * part + part / 2, 2))
        : GemmOperands.unscaled(a, b, d);
  }

  private static Figure time(
      String name, DeepGemm gemm, Gpu gpu, long stream, GemmDesc[] descs, GemmOperands[] operands) {
    for (int i = 0; i < WARM_UP_BATCHES; i++) {
      batch(gemm, stream, descs, operands);
      gpu.synchronize(stream);
    }
    AllocationMeter meter = new AllocationMeter();
    List<Double> micros = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < BATCHES; i++) {
      // Between the two looks at the meter there is nothing but the calls.
      long before = meter.bytes();
      long start = System.nanoTime();
      batch(gemm, stream, descs, operands);
      long nanos = System.nanoTime() - start;
      bytes += meter.bytes() - before;
      micros.add(nanos / 1e3 / BATCH);
      gpu.synchronize(stream);
    }
    Percentiles spread = Percentiles.of(micros);
    return new Figure(name, spread.median(), spread.at(0), (double) bytes / BATCH / BATCHES);
  }

  private static void batch(DeepGemm gemm, long stream, GemmDesc[] descs, GemmOperands[] operands) {
    for (int i = 0; i < BATCH; i++) {
      gemm.gemm(descs[i % descs.length], operands[i % SETS], stream);
    }
  }
}
