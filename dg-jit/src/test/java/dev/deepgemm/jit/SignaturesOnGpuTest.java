package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.jit.call.DenseGemm;
import dev.deepgemm.jit.call.GemmCall;
import dev.deepgemm.jit.call.Gemms;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.testkit.GpuTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every signature that SM90 has kernels for, called by name on a real device: views with padded rows, scales
 * that differ from row to row, and a C that lies elsewhere. Values are multiples of a half, and small, so that
 * every type holds every sum exactly.
 */
@GpuTest
class SignaturesOnGpuTest {
  private static final int M = 104;
  private static final int N = 264;
  private static final int K = 256;
  private static final int PADDING = 16;
  private static final int STRIDE_C = N + 3;
  private static final int STRIDE_D = N + 8;

  @TempDir Path folder;

  private final List<GpuBuffer> buffers = new ArrayList<>();
  private Gpu gpu;
  private DeepGemm gemm;

  @BeforeEach
  void open() {
    gpu = Gpu.open();
    assumeTrue(
        ArchSpecs.load()
            .forDevice(gpu.info().computeCapability())
            .flatMap(arch -> arch.kernels())
            .isPresent(),
        () -> "no kernels for " + gpu);
    gemm =
        DeepGemm.builder()
            .options(Options.fromEnvironment().with(Options.JIT_CACHE_DIR, folder.toString()))
            .gpu(gpu)
            .build();
  }

  @AfterEach
  void close() {
    buffers.forEach(GpuBuffer::close);
    if (gemm != null) {
      gemm.close();
    }
    gpu.close();
  }

  static List<Signature> signatures() {
    return LaunchTemplateTest.signatures();
  }

  /** With B's, few products per element: all sums are halves below 128, which BF16 has. */
  private static float valueOfA(int row, int k) {
    return (row + 3 * k) % 13 == 0 ? row % 3 + 1 : 0;
  }

  private static float valueOfB(int row, int k) {
    return (row + 5 * k) % 11 == 0 ? row % 2 + 1 : 0;
  }

  private static float valueOfC(int row, int column) {
    return (row + column) % 9 - 4;
  }

  private static float scaleOfA(int block, int row) {
    return (block + row) % 2 + 1;
  }

  private static float scaleOfB(Signature signature, int block, int row) {
    int of = signature.scaling().equals(ScaleScheme.FP32_1D1D) ? row : row / ScaleScheme.BLOCK;
    return (block + of) % 2 == 0 ? 1 : 0.5f;
  }

  private interface Values {
    float at(int row, int column);
  }

  private long upload(DataType type, int rows, int columns, int stride, Values values) {
    GpuBuffer buffer = gpu.allocate((long) rows * stride * type.bytes());
    buffers.add(buffer);
    float[] floats = new float[rows * stride];
    for (int i = 0; i < floats.length; i++) {
      // What lies between the rows must not be read: a NaN of every type.
      floats[i] = i % stride < columns ? values.at(i / stride, i % stride) : Float.NaN;
    }
    switch (type) {
      case FP32 -> buffer.upload(floats);
      case BF16 -> {
        short[] shorts = new short[floats.length];
        for (int i = 0; i < floats.length; i++) {
          shorts[i] = (short) (Float.floatToRawIntBits(floats[i]) >>> 16);
        }
        buffer.upload(shorts);
      }
      case FP8_E4M3 -> {
        byte[] bytes = new byte[floats.length];
        for (int i = 0; i < floats.length; i++) {
          bytes[i] = e4m3(floats[i]);
        }
        buffer.upload(bytes);
      }
    }
    return buffer.address();
  }

  /** E4M3 of 0, 1, 2 and 3. */
  private static byte e4m3(float value) {
    return (byte) (Float.isNaN(value) ? 0x7F : new int[] {0, 0x38, 0x40, 0x44}[(int) value]);
  }

  private long input(DataType type, Major major, int rows, Values values) {
    return major == Major.K
        ? upload(type, rows, K, K + PADDING, values)
        : upload(type, K, rows, rows + PADDING, (k, row) -> values.at(row, k));
  }

  private static int stride(Major major, int rows) {
    return (major == Major.K ? K : rows) + PADDING;
  }

  private float[] expected(Signature signature) {
    float[] want = new float[M * STRIDE_D];
    for (int i = 0; i < want.length; i++) {
      int row = i / STRIDE_D;
      int column = i % STRIDE_D;
      want[i] = Float.NaN;
      if (column < N) {
        want[i] = signature.accumulate() ? valueOfC(row, column) : 0;
        for (int k = 0; k < K; k++) {
          int block = k / ScaleScheme.BLOCK;
          float scale =
              signature.scaling().isScaled()
                  ? scaleOfA(block, row) * scaleOfB(signature, block, column)
                  : 1;
          want[i] += scale * valueOfA(row, k) * valueOfB(column, k);
        }
      }
    }
    return want;
  }

  private float[] download(GpuBuffer buffer, DataType type) {
    float[] floats = new float[M * STRIDE_D];
    if (type == DataType.FP32) {
      return buffer.download(floats);
    }
    short[] shorts = buffer.download(new short[floats.length]);
    for (int i = 0; i < floats.length; i++) {
      floats[i] = Float.intBitsToFloat(shorts[i] << 16);
    }
    return floats;
  }

  @ParameterizedTest
  @MethodSource("signatures")
  void product_isExact_directlyAndInAGraph(Signature signature) {
    long a = input(signature.aType(), signature.majorA(), M, SignaturesOnGpuTest::valueOfA);
    long b = input(signature.bType(), signature.majorB(), N, SignaturesOnGpuTest::valueOfB);
    GpuBuffer d = gpu.allocate((long) M * STRIDE_D * signature.dType().bytes());
    buffers.add(d.fill((byte) 0xFF));
    DenseGemm call =
        Gemms.dense(signature)
            .size(M, N, K)
            .a(a, stride(signature.majorA(), M))
            .b(b, stride(signature.majorB(), N))
            .d(d.address(), STRIDE_D);
    if (signature.accumulate()) {
      call.c(upload(signature.dType(), M, N, STRIDE_C, SignaturesOnGpuTest::valueOfC), STRIDE_C);
    }
    if (signature.scaling().isScaled()) {
      boolean perRow = signature.scaling().equals(ScaleScheme.FP32_1D1D);
      int blocks = K / ScaleScheme.BLOCK;
      int blocksOfB = (N + ScaleScheme.BLOCK - 1) / ScaleScheme.BLOCK;
      call.scalesA(upload(DataType.FP32, blocks, M, M, SignaturesOnGpuTest::scaleOfA));
      call.scalesB(
          perRow
              ? upload(DataType.FP32, blocks, N, N, (block, row) -> scaleOfB(signature, block, row))
              : upload(
                  DataType.FP32,
                  blocksOfB,
                  blocks,
                  blocks,
                  (row, block) -> scaleOfB(signature, block, row * ScaleScheme.BLOCK)));
    }
    GemmCall built = call.build();
    long stream = gpu.createStream();
    try {
      gemm.run(built, stream);
      gpu.synchronize(stream);
      assertArrayEquals(expected(signature), download(d, signature.dType()));
      d.fill((byte) 0xFF);
      try (GpuGraph graph =
          gpu.capture(
              stream,
              () -> {
                gemm.run(built, stream);
                gemm.run(built, stream);
              })) {
        graph.launch(stream);
        graph.launch(stream);
        gpu.synchronize(stream);
        assertArrayEquals(
            expected(signature), download(d, signature.dType()), "each run begins with C");
      }
    } finally {
      gpu.destroyStream(stream);
    }
  }
}
