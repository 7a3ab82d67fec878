package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.jit.call.DenseGemm;
import dev.deepgemm.jit.call.GemmCall;
import dev.deepgemm.jit.call.Gemms;
import dev.deepgemm.jit.fixtures.FakeDriver;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.testkit.doubles.FailingDriver;
import dev.deepgemm.testkit.doubles.FailingDriver.Fault;
import dev.deepgemm.testkit.doubles.FailingDriver.Operation;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products of every signature through the facade, and where C is when they are accumulated. */
class AccumulatedGemmTest {
  private static final int M = 3;
  private static final int N = 8;
  private static final int K = 128;
  private static final long STREAM = 0x5000;
  private static final Signature ADDED =
      Signature.BF16.withOutput(DataType.FP32).withAccumulate(true);
  private static final List<String> COPY_THEN_LAUNCH =
      List.of("copy on " + STREAM, "launch on " + STREAM);

  @TempDir Path folder;

  private final FakeDriver driver = new FakeDriver();
  private final FailingDriver faults = new FailingDriver();
  private Gpu gpu;
  private DeepGemm gemm;

  @BeforeEach
  void open() {
    gpu = Gpu.open(faults.before(driver), OptionalInt.empty());
    gemm =
        DeepGemm.builder()
            .options(
                Options.defaults()
                    .with(Options.JIT_CACHE_DIR, folder.toString())
                    .with(Options.JIT_ASSEMBLER, "linker"))
            .archs(ArchSpecs.of(List.of(new Sm90Spec())))
            .gpu(gpu)
            .build();
  }

  @AfterEach
  void close() {
    gemm.close();
    gpu.close();
  }

  static List<Signature> signatures() {
    return LaunchTemplateTest.signatures();
  }

  @ParameterizedTest
  @MethodSource("signatures")
  void everySignatureWithAKernel_isCallable(Signature signature) {
    DenseGemm call = Gemms.dense(signature).size(96, 512, 1024).a(0x1000).b(0x2000).d(0x3000);
    if (signature.scaling().isScaled()) {
      call.scalesA(0x4000).scalesB(0x5000);
    }
    gemm.run(call.build(), STREAM);
    FakeDriver.Launch launch = driver.launches.get(0);
    assertEquals(signature, gemm.config(call.build().desc()).kernel().signature());
    assertEquals(
        gemm.config(call.build().desc()).kernel().id(), driver.functions().get(launch.function()));
    assertEquals(gemm.plan(call.build().desc(), call.build().operands()), launch.plan());
    assertEquals(List.of("launch on " + STREAM), driver.enqueued);
  }

  private DenseGemm added() {
    return Gemms.dense(ADDED).size(M, N, K).a(0x1000).b(0x2000);
  }

  private static float[] ramp(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i + 1;
    }
    return values;
  }

  @Test
  void cElsewhere_isCopiedToD_inFrontOfTheKernel() {
    int strideC = N + 3;
    int strideD = N + 4;
    float[] c = ramp(M * strideC);
    float[] d = new float[M * strideD];
    Arrays.fill(d, -1);
    try (GpuBuffer at = gpu.allocate(4L * c.length);
        GpuBuffer to = gpu.allocate(4L * d.length)) {
      at.upload(c);
      to.upload(d);
      GemmCall call = added().c(at.address(), strideC).d(to.address(), strideD).build();
      gemm.run(call, STREAM);
      for (int row = 0; row < M; row++) {
        System.arraycopy(c, row * strideC, d, row * strideD, N);
      }
      assertArrayEquals(d, to.download(new float[d.length]), "rows of C, and what is between them");
      assertArrayEquals(c, at.download(new float[c.length]), "C is as it was");
      assertEquals(COPY_THEN_LAUNCH, driver.enqueued);
      FakeDriver.Launch launch = driver.launches.get(0);
      assertFalse(launch.overlap(), "it reads what the copy writes");
      assertEquals(
          gemm.plan(call.desc(), added().d(to.address(), strideD).build().operands()),
          launch.plan(),
          "the kernel's own launch knows no C");
      assertEquals(launch.plan(), gemm.plan(call.desc(), call.operands()));
      gemm.gemm(gemm.config(call.desc()), call.operands(), STREAM);
      assertEquals(4, driver.enqueued.size(), "a configuration of the caller's choice does too");
    }
  }

  @Test
  void cThatIsD_orLeftOut_isNotCopied() {
    gemm.run(added().d(0x3000).build(), STREAM);
    gemm.run(added().c(0x3000).d(0x3000).build(), STREAM);
    assertEquals(List.of("launch on " + STREAM, "launch on " + STREAM), driver.enqueued);
    assertTrue(driver.launches.get(1).overlap());
    assertEquals(driver.launches.get(0).plan(), driver.launches.get(1).plan());
  }

  private List<String> refused(GemmCall call) {
    InvalidGemmException e = assertThrows(InvalidGemmException.class, () -> gemm.run(call, STREAM));
    assertEquals(List.of(), driver.enqueued);
    return e.problems().stream().map(Problem::id).toList();
  }

  @Test
  void cOfAProductThatIsNotAccumulated_isRefused() {
    assertEquals(
        List.of("DG-ARG-05"),
        refused(
            Gemms.dense(ADDED.withAccumulate(false))
                .size(M, N, K)
                .a(0x1000)
                .b(0x2000)
                .c(0x3000)
                .d(0x4000)
                .build()));
  }

  @Test
  void wrongC_isTold_withAllThatIsWrong() {
    assertEquals(
        List.of("DG-ARG-01", "DG-ARG-01", "DG-ARG-02"),
        refused(added().a(0x1001).c(0x3002, N - 1).d(0x4000).build()));
    assertEquals(List.of("DG-ARG-01"), refused(added().c(0).d(0x4000).build()));
    assertEquals(List.of("DG-ARG-02"), refused(added().c(0x3000, 1L << 31).d(0x4000).build()));
  }

  @Test
  void cThatReachesIntoD_isRefused() {
    long d = 0x4000;
    assertEquals(List.of("DG-ARG-08"), refused(added().c(d, N + 4).d(d, N).build()));
    assertEquals(List.of("DG-ARG-08"), refused(added().c(d + 4).d(d).build()));
    assertEquals(List.of("DG-ARG-08"), refused(added().c(d - 4L * M * N + 4).d(d).build()));
    assertEquals(
        List.of("DG-ARG-08"),
        refused(added().c(d + 4L * (N - 1), 2 * N).d(d, 2 * N).build()),
        "one column too early");
    assertEquals(
        List.of("DG-ARG-08"),
        refused(added().c(d - 4L * (N - 1), 2 * N).d(d, 2 * N).build()),
        "one column too late");
  }

  @Test
  void cBesideD_inOneMatrixOrBehindIt_sharesNothing() {
    try (GpuBuffer both = gpu.allocate(4L * 2 * M * N)) {
      float[] values = ramp(2 * M * N);
      both.upload(values);
      gemm.run(added().c(both.address() + 4L * N, 2 * N).d(both.address(), 2 * N).build(), STREAM);
      for (int row = 0; row < M; row++) {
        System.arraycopy(values, row * 2 * N + N, values, row * 2 * N, N);
      }
      assertArrayEquals(values, both.download(new float[values.length]));
      gemm.run(added().c(both.address() + 4L * M * N).d(both.address()).build(), STREAM);
      gemm.run(added().c(both.address()).d(both.address() + 4L * M * N).build(), STREAM);
      assertEquals(3, driver.launches.size());
    }
  }

  @Test
  void copy_isCapturedWithItsKernel_andNotMadeWithoutIt() {
    try (GpuBuffer c = gpu.allocate(4L * M * N);
        GpuBuffer d = gpu.allocate(4L * M * N)) {
      GemmCall call = added().c(c.address()).d(d.address()).build();
      driver.capturing().add(STREAM);
      CudaException e = assertThrows(CudaException.class, () -> gemm.run(call, STREAM));
      assertEquals("DG-CUDA-05", e.problems().get(0).id());
      assertEquals(List.of(), driver.enqueued);
      driver.capturing().clear();
      gemm.prepare(call.desc());
      driver.capturing().add(STREAM);
      gemm.run(call, STREAM);
      assertEquals(COPY_THEN_LAUNCH, driver.enqueued);
    }
  }

  @Test
  void failedCopy_isNotFollowedByTheKernel() {
    GemmCall call = added().c(0x3000).d(0x4000).build();
    gemm.prepare(call.desc());
    faults.failAt(Operation.COPY, 1, Fault.UNKNOWN);
    CudaException e = assertThrows(CudaException.class, () -> gemm.run(call, STREAM));
    assertTrue(e.getMessage().contains("injected"), e.getMessage());
    assertEquals(List.of(), driver.enqueued);
  }
}
