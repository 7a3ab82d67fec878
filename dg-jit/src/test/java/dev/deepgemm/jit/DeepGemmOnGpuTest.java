package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.jit.internal.cuda.JCudaHandles;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.testkit.GpuTest;
import java.nio.file.Path;
import java.util.Arrays;
import jcuda.driver.CUdeviceptr;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The facade with real kernels on a real device. Values are whole numbers that every type holds
 * exactly, so that results are compared for equality; accuracy over shapes is tested elsewhere.
 */
@GpuTest
class DeepGemmOnGpuTest {
  private static final int M = 100;
  private static final int N = 256;
  private static final int K = 256;

  @TempDir Path folder;

  private Gpu gpu;
  private DeepGemm gemm;
  private GpuBuffer a;
  private GpuBuffer b;
  private GpuBuffer sfa;
  private GpuBuffer sfb;
  private GpuBuffer d;

  @BeforeEach
  void open() {
    gpu = Gpu.open();
    assumeTrue(
        ArchSpecs.load()
            .forDevice(gpu.info().computeCapability())
            .flatMap(arch -> arch.kernels())
            .isPresent(),
        () -> "no kernels for " + gpu);
    gemm = create();
    a = gpu.allocate(2L * M * K);
    b = gpu.allocate(2L * N * K);
    d = gpu.allocate(4L * M * N).fill((byte) 0xFF);
    sfa = gpu.allocate(4L * M * K / 128);
    sfb = gpu.allocate(4L * N / 128 * K / 128);
  }

  @AfterEach
  void close() {
    for (AutoCloseable resource : Arrays.asList(gemm, a, b, d, sfa, sfb, gpu)) {
      if (resource != null) {
        try {
          resource.close();
        } catch (Exception e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  private DeepGemm create() {
    return DeepGemm.builder()
        .options(Options.fromEnvironment().with(Options.JIT_CACHE_DIR, folder.toString()))
        .gpu(gpu)
        .build();
  }

  /** Row i of A is i % 8 + 1 throughout, row j of B is j % 4 + 1. */
  private static int expected(int i, int j) {
    return K * (i % 8 + 1) * (j % 4 + 1);
  }

  private static short bf16(float value) {
    return (short) (Float.floatToRawIntBits(value) >>> 16);
  }

  /** E4M3 of 1 to 8. */
  private static byte e4m3(int value) {
    int exponent = 31 - Integer.numberOfLeadingZeros(value);
    int mantissa = (value << 3 >> exponent) - 8;
    return (byte) (exponent + 7 << 3 | mantissa);
  }

  private void uploadBf16() {
    short[] left = new short[M * K];
    short[] right = new short[N * K];
    for (int i = 0; i < left.length; i++) {
      left[i] = bf16(i / K % 8 + 1);
    }
    for (int i = 0; i < right.length; i++) {
      right[i] = bf16(i / K % 4 + 1);
    }
    a.upload(left);
    b.upload(right);
  }

  private void assertBf16Product() {
    short[] got = d.download(new short[M * N]);
    short[] want = new short[M * N];
    for (int i = 0; i < want.length; i++) {
      want[i] = bf16(expected(i / N, i % N));
    }
    assertArrayEquals(want, got);
  }

  @Test
  void bf16Product_isExact() {
    uploadBf16();
    gemm.bf16Gemm(M, N, K, a.address(), b.address(), d.address(), DataType.BF16, 0);
    assertBf16Product();
    float[] want = new float[M * N];
    for (int i = 0; i < want.length; i++) {
      want[i] = expected(i / N, i % N);
    }
    gemm.bf16Gemm(M, N, K, a.address(), b.address(), d.address(), DataType.FP32, 0);
    assertArrayEquals(want, d.download(new float[M * N]));
  }

  @Test
  void laterCall_readsAndWritesItsOwnPointers() {
    uploadBf16();
    gemm.bf16Gemm(M, N, K, a.address(), b.address(), d.address(), DataType.BF16, 0);
    try (GpuBuffer otherA = gpu.allocate(a.bytes());
        GpuBuffer otherB = gpu.allocate(b.bytes());
        GpuBuffer otherD = gpu.allocate(2L * M * N).fill((byte) 0xFF)) {
      gpu.copy(a.address(), otherA.address(), a.bytes(), 0);
      gpu.copy(b.address(), otherB.address(), b.bytes(), 0);
      a.fill((byte) 0xFF);
      b.fill((byte) 0xFF);
      d.fill((byte) 0xFF);
      gemm.bf16Gemm(
          M, N, K, otherA.address(), otherB.address(), otherD.address(), DataType.BF16, 0);
      gpu.synchronize();
      assertEquals(-1, d.download(new short[1])[0], "the first call's output");
      gpu.copy(otherD.address(), d.address(), 2L * M * N, 0);
      gpu.synchronize();
      assertBf16Product();
    }
  }

  /**
   * Each launch reads what the one in front of it writes, while both may run at once; what is constant it
   * may read before.
   */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void overlappingLaunches_waitForWhatTheyRead(String constantWeights) {
    uploadBf16();
    Options options =
        Options.fromEnvironment()
            .with(Options.JIT_CACHE_DIR, folder.toString())
            .with(Options.CONSTANT_WEIGHTS, constantWeights)
            .with(Options.JIT_PDL, "1");
    long stream = gpu.createStream();
    try (DeepGemm overlapping = DeepGemm.builder().options(options).gpu(gpu).build();
        GpuBuffer ones = gpu.allocate(2L * N * N);
        GpuBuffer sums = gpu.allocate(4L * M * N)) {
      short[] one = new short[N * N];
      Arrays.fill(one, bf16(1));
      ones.upload(one);
      for (int round = 0; round < 20; round++) {
        d.fill((byte) 0xFF);
        sums.fill((byte) 0xFF);
        overlapping.bf16Gemm(M, N, K, a.address(), b.address(), d.address(), DataType.BF16, stream);
        overlapping.bf16Gemm(
            M, N, N, d.address(), ones.address(), sums.address(), DataType.FP32, stream);
        gpu.synchronize(stream);
        float[] want = new float[M * N];
        for (int i = 0; i < want.length; i++) {
          int row = i / N;
          for (int j = 0; j < N; j++) {
            want[i] += expected(row, j);
          }
        }
        assertArrayEquals(want, sums.download(new float[M * N]), "round " + round);
      }
    } finally {
      gpu.destroyStream(stream);
    }
  }

  @Test
  void fp8Product_isExact_andUsesBothScales() {
    byte[] left = new byte[M * K];
    byte[] right = new byte[N * K];
    for (int i = 0; i < left.length; i++) {
      left[i] = e4m3(i / K % 8 + 1);
    }
    for (int i = 0; i < right.length; i++) {
      right[i] = e4m3(i / K % 4 + 1);
    }
    a.upload(left);
    b.upload(right);
    // 0.5 x 2 for the first 128 of k and 4 x 0.25 for the second: scales of another block show.
    float[] perToken = new float[M * 2];
    Arrays.fill(perToken, 0, M, 0.5f);
    Arrays.fill(perToken, M, 2 * M, 4f);
    sfa.upload(perToken);
    sfb.upload(new float[] {2f, 0.25f, 2f, 0.25f});
    gemm.fp8Gemm(M, N, K, a.address(), sfa.address(), b.address(), sfb.address(), d.address(), 0);
    assertBf16Product();
  }

  @Test
  void preparation_goesThroughTheTiers() {
    GemmDesc desc = GemmDesc.fp8(M, N, K);
    PreparedGemm first = gemm.prepare(desc);
    assertEquals(CacheTier.ASSEMBLED, first.tier());
    assertTrue(first.assembler().startsWith("driver "), first.assembler());
    assertFalse(first.usage().orElseThrow().spills(), first.toString());
    assertEquals(CacheTier.MEMORY, gemm.prepare(desc).tier());
    try (DeepGemm next = create()) {
      PreparedGemm read = next.prepare(desc);
      assertEquals(CacheTier.DISK, read.tier());
      assertTrue(read.assembleNanos() < first.assembleNanos());
      assertEquals(first.usage(), read.usage());
    }
  }

  @Test
  void newKernel_duringACapture_isRefused_andAPreparedOneIsCaptured() {
    uploadBf16();
    GemmDesc desc = GemmDesc.bf16(M, N, K, DataType.BF16);
    GemmOperands operands =
        GemmOperands.unscaled(
            new DeviceMatrix(a.address(), K),
            new DeviceMatrix(b.address(), K),
            new DeviceMatrix(d.address(), N));
    long stream = gpu.createStream();
    try {
      CudaException e =
          assertThrows(
              CudaException.class,
              () -> gpu.capture(stream, () -> gemm.gemm(desc, operands, stream)));
      assertEquals("DG-CUDA-05", e.problems().get(0).id());
      assertFalse(gpu.isCapturing(stream));

      gemm.prepare(desc);
      try (GpuGraph graph = gpu.capture(stream, () -> gemm.gemm(desc, operands, stream))) {
        assertEquals(-1, d.download(new short[1])[0], "capturing runs nothing");
        graph.launch(stream);
        gpu.synchronize(stream);
        assertBf16Product();
      }
    } finally {
      gpu.destroyStream(stream);
    }
  }

  @Test
  void misalignedOperands_areAllNamed_andNothingRuns() {
    InvalidGemmException e =
        assertThrows(
            InvalidGemmException.class,
            () ->
                gemm.bf16Gemm(
                    M, N, K, a.address() + 2, b.address() + 8, d.address(), DataType.BF16, 0));
    assertTrue(e.problems().size() >= 2, e.getMessage());
    gpu.synchronize();
    assertEquals(-1, d.download(new short[1])[0]);
  }

  @Test
  void jcudaPointers_areTaken_withTheirOffsets() {
    uploadBf16();
    CUdeviceptr base = JCudaHandles.of(d.address(), new CUdeviceptr());
    new JCudaGemm(gemm)
        .bf16Gemm(
            M,
            N,
            K,
            JCudaHandles.of(a.address(), new CUdeviceptr()),
            JCudaHandles.of(b.address(), new CUdeviceptr()),
            base.withByteOffset(2L * M * N),
            DataType.BF16,
            null);
    assertEquals(-1, d.download(new short[1])[0], "before the offset");
    gpu.copy(d.address() + 2L * M * N, d.address(), 2L * M * N, 0);
    gpu.synchronize();
    assertBf16Product();
  }

  @Test
  void otherRowCount_sharesTheKernel() {
    GemmDesc desc = GemmDesc.bf16(4096, 4096, 4096, DataType.BF16);
    gemm.prepare(desc);
    assertEquals(CacheTier.MEMORY, gemm.prepare(desc.withM(4095)).tier());
    assertEquals(1, gemm.compiler().stats().assembled());
  }
}
