package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.inject.Guice;
import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.OptionException;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.jit.fixtures.FakeDriver;
import dev.deepgemm.jit.fixtures.TinyArch;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.spi.ArchSpecException;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.testkit.doubles.FailingDriver;
import dev.deepgemm.testkit.doubles.FailingDriver.Fault;
import dev.deepgemm.testkit.doubles.FailingDriver.Operation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The facade on a driver that keeps books, with real selection, real cache and the driver's linker. */
class DeepGemmTest {
  private static final GemmDesc DESC = GemmDesc.bf16(256, 512, 1024, DataType.BF16);
  private static final long STREAM = 0x5000;

  @TempDir Path folder;

  private final FakeDriver driver = new FakeDriver();
  private final FailingDriver faults = new FailingDriver();
  private final TinyArch arch = new TinyArch();
  private Gpu gpu;
  private DeepGemm gemm;

  @BeforeEach
  void open() {
    gpu = Gpu.open(faults.before(driver), OptionalInt.empty());
    gemm = create();
  }

  @AfterEach
  void close() {
    gemm.close();
    gpu.close();
  }

  private DeepGemm create() {
    return builder().build();
  }

  private DeepGemmBuilder builder() {
    return DeepGemm.builder()
        .options(
            Options.defaults()
                .with(Options.JIT_CACHE_DIR, folder.toString())
                .with(Options.JIT_ASSEMBLER, "linker"))
        .archs(ArchSpecs.of(List.of(arch)))
        .gpu(gpu);
  }

  private static GemmOperands operands(long a, long b) {
    return GemmOperands.unscaled(
        new DeviceMatrix(a, 1024), new DeviceMatrix(b, 1024), new DeviceMatrix(0x3000, 512));
  }

  private static final GemmOperands GOOD = operands(0x1000, 0x2000);

  @Test
  void preparation_goesThroughTheTiers_andSaysWhich() {
    PreparedGemm first = gemm.prepare(DESC);
    assertEquals(CacheTier.ASSEMBLED, first.tier());
    assertEquals("linker 999.01 (CUDA 13.0)", first.assembler());
    assertEquals(168, first.usage().orElseThrow().registers());
    assertTrue(first.assembleNanos() > 0 && first.loadNanos() > 0 && first.emitNanos() > 0);
    PreparedGemm second = gemm.prepare(DESC);
    assertEquals(CacheTier.MEMORY, second.tier());
    assertEquals(0, second.assembleNanos() + second.loadNanos() + second.emitNanos());
    assertEquals(first.config(), second.config());
    try (DeepGemm next = create()) {
      assertEquals(CacheTier.DISK, next.prepare(DESC).tier());
    }
    assertTrue(driver.launches.isEmpty(), "prepare launches nothing");
  }

  @Test
  void call_launchesThePlan_onTheStream() {
    gemm.gemm(DESC, GOOD, STREAM);
    gemm.gemm(DESC, operands(0x4000, 0x2000), STREAM);
    assertEquals(2, driver.launches.size());
    FakeDriver.Launch launch = driver.launches.get(1);
    GemmConfig config = gemm.config(DESC);
    assertEquals(STREAM, launch.stream());
    assertEquals(0xC000, launch.context());
    assertEquals(config.kernel().id(), driver.functions().get(launch.function()));
    assertEquals(config.numSms(), launch.plan().grid());
    assertEquals(config.smemBytes(), launch.plan().smemBytes());
    assertEquals(List.of(256L, 0x4000L, 1024L, 0x2000L, 1024L, 0x3000L, 512L), values(launch));
    assertEquals(1, arch.emitted.get());
    assertEquals(launch.plan(), gemm.plan(DESC, operands(0x4000, 0x2000)));
  }

  @Test
  void overlap_isAskedFor_unlessTheOptionOrTheKernelsForbidIt() {
    gemm.gemm(DESC, GOOD, STREAM);
    assertTrue(driver.launches.get(0).overlap());
    Options options =
        Options.defaults()
            .with(Options.JIT_ASSEMBLER, "linker")
            .with(Options.JIT_CACHE_DIR, folder.toString())
            .with(Options.JIT_PDL, "0");
    try (DeepGemm inTurn = builder().options(options).build()) {
      inTurn.gemm(DESC, GOOD, STREAM);
    }
    assertFalse(driver.launches.get(1).overlap());
    arch.awaits = false;
    gemm.gemm(gemm.config(DESC), GOOD, STREAM);
    assertFalse(driver.launches.get(2).overlap());
  }

  @Test
  void constantB_reachesThePlan_byTheOperandsOrByTheOption() {
    gemm.gemm(DESC, GOOD, STREAM);
    gemm.gemm(DESC, GOOD.withConstantB(true), STREAM);
    gemm.gemm(DESC, GOOD, STREAM);
    assertEquals(
        List.of(false, true, false),
        driver.launches.stream().map(launch -> constantB(launch)).toList());
    Options options =
        Options.defaults()
            .with(Options.JIT_ASSEMBLER, "linker")
            .with(Options.JIT_CACHE_DIR, folder.toString())
            .with(Options.CONSTANT_WEIGHTS, "1");
    try (DeepGemm weights = builder().options(options).build()) {
      weights.gemm(DESC, GOOD, STREAM);
      weights.gemm(DESC, GOOD, STREAM);
    }
    assertTrue(constantB(driver.launches.get(3)));
    assertTrue(constantB(driver.launches.get(4)));
  }

  private static boolean constantB(FakeDriver.Launch launch) {
    List<Long> values = values(launch);
    return values.get(values.size() - 1) == TinyArch.CONSTANT_B;
  }

  @Test
  void sharedMemory_isAllowed_upToWhatTheDeviceHasLeft() {
    gemm.prepare(DESC);
    assertEquals(List.of(232_448 - 1024), List.copyOf(driver.dynamicSmem().values()));
  }

  @Test
  void otherSizes_shareTheKernel() {
    assertEquals(CacheTier.ASSEMBLED, gemm.prepare(DESC).tier());
    PreparedGemm other = gemm.prepare(DESC.withM(512));
    assertEquals(CacheTier.MEMORY, other.tier());
    gemm.gemm(DESC.withM(1024), GOOD, STREAM);
    assertEquals(1, arch.emitted.get());
    assertEquals(1, gemm.compiler().stats().assembled());
    assertEquals(1024L, values(driver.launches.get(0)).get(0));
  }

  @Test
  void smLimit_isTheDevices_unlessThereIsOne() {
    assertEquals(FakeDriver.SMS, gemm.config(DESC).desc().smLimit());
    assertEquals(8, gemm.config(DESC.withSmLimit(8)).desc().smLimit());
    InvalidGemmException e =
        assertThrows(
            InvalidGemmException.class, () -> gemm.prepare(DESC.withSmLimit(FakeDriver.SMS + 1)));
    assertEquals("DG-DESC-04", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("133") && e.getMessage().contains("132"));
  }

  @Test
  void wrongOperands_areAllTold_beforeAnythingIsCompiled() {
    InvalidGemmException e =
        assertThrows(
            InvalidGemmException.class, () -> gemm.gemm(DESC, operands(0x1001, 0x2002), STREAM));
    assertEquals(2, e.problems().size());
    assertEquals(0, arch.emitted.get());
    gemm.prepare(DESC);
    assertThrows(
        InvalidGemmException.class, () -> gemm.gemm(DESC, operands(0x1001, 0x2002), STREAM));
    assertTrue(driver.launches.isEmpty());
  }

  @Test
  void unsupportedProblem_namesTheReason() {
    UnsupportedGemmException e =
        assertThrows(
            UnsupportedGemmException.class,
            () -> gemm.prepare(GemmDesc.bf16(128, 128, 128, DataType.FP32)));
    assertEquals("DG-KERN-01", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("BF16 out only"), e.getMessage());
  }

  @Test
  void pluginThatDoesNotKnowASignature_isAskedNothingElseAboutIt() {
    TinyArch old =
        new TinyArch("old") {
          @Override
          public List<Problem> unsupported(Signature signature) {
            if (signature.kind() == GemmKind.BATCHED) {
              throw new IncompatibleClassChangeError();
            }
            return List.of();
          }

          @Override
          public Legality supports(Signature signature) {
            assertEquals(GemmKind.NORMAL, signature.kind());
            return super.supports(signature);
          }
        };
    GemmDesc batched =
        GemmDesc.of(
            DESC.signature().withKind(GemmKind.BATCHED), new Shape.Batched(4, 256, 512, 1024));
    try (DeepGemm onOld = builder().archs(ArchSpecs.of(List.of(old))).build()) {
      UnsupportedGemmException e =
          assertThrows(UnsupportedGemmException.class, () -> onOld.prepare(batched));
      assertEquals("DG-ARCH-05", e.problems().get(0).id());
      onOld.prepare(DESC);
    }
  }

  @Test
  void newKernel_duringACapture_isRefused_andNothingIsTouched() {
    driver.capturing().add(STREAM);
    CudaException e = assertThrows(CudaException.class, () -> gemm.gemm(DESC, GOOD, STREAM));
    assertEquals("DG-CUDA-05", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("prepare()"), e.getMessage());
    assertEquals(0, arch.emitted.get());
    assertEquals(0, faults.count(Operation.LOAD_MODULE));
    assertEquals(0, faults.count(Operation.LINK));
  }

  @Test
  void preparedKernel_duringACapture_isLaunched_forNewSizesToo() {
    gemm.prepare(DESC);
    driver.capturing().add(STREAM);
    gemm.gemm(DESC, GOOD, STREAM);
    gemm.gemm(DESC.withM(512), GOOD, STREAM);
    assertEquals(2, driver.launches.size());
  }

  @Test
  void refusedCall_worksAfterTheCapture() {
    driver.capturing().add(STREAM);
    assertThrows(CudaException.class, () -> gemm.gemm(DESC, GOOD, STREAM));
    driver.capturing().clear();
    gemm.gemm(DESC, GOOD, STREAM);
    assertEquals(1, driver.launches.size());
  }

  @Test
  void chosenConfiguration_isLaunched_andChangesNothingForTheProblem() {
    GemmConfig own = gemm.config(DESC);
    GemmConfig other =
        new GemmConfig(
            own.desc(),
            gemm.config(DESC.withM(16384)).kernel(),
            7,
            own.numLastStages(),
            own.smem());
    assertNotEquals(own.kernel(), other.kernel());
    driver.capturing().add(STREAM);
    assertThrows(CudaException.class, () -> gemm.gemm(other, GOOD, STREAM));
    driver.capturing().clear();
    assertEquals(CacheTier.ASSEMBLED, gemm.prepare(other).tier());
    gemm.gemm(other, GOOD, STREAM);
    assertEquals(7, driver.launches.get(0).plan().grid());
    assertEquals(other.kernel().id(), driver.functions().get(driver.launches.get(0).function()));
    assertThrows(InvalidGemmException.class, () -> gemm.gemm(other, operands(1, 0x2000), STREAM));
    assertEquals(own, gemm.config(DESC));
  }

  @Test
  void failedLoad_isNotRemembered_andLeavesNoModule() {
    faults.failAt(Operation.FUNCTION, 1, Fault.NOT_FOUND);
    assertThrows(CudaException.class, () -> gemm.prepare(DESC));
    assertTrue(driver.modules().isEmpty());
    assertEquals(CacheTier.MEMORY, gemm.prepare(DESC).tier(), "the cubin is still there");
  }

  @Test
  void loadThatBreaksTheContext_saysWhatBrokeIt() {
    faults.failAt(Operation.FUNCTION, 1, Fault.ILLEGAL_ADDRESS);
    CudaException e = assertThrows(CudaException.class, () -> gemm.prepare(DESC));
    assertTrue(e.getMessage().contains("function returned"), e.getMessage());
    assertEquals(1, e.getSuppressed().length, "the module could not be unloaded either");
  }

  @Test
  void failedLaunch_saysWhatTheDriverSaid() {
    faults.failAt(Operation.LAUNCH, 1, Fault.LAUNCH_FAILED);
    CudaException e = assertThrows(CudaException.class, () -> gemm.gemm(DESC, GOOD, STREAM));
    assertEquals("DG-CUDA-06", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("compute-sanitizer"), e.getMessage());
  }

  @Test
  void othersContext_isCurrentAgain_afterACall() {
    driver.setCurrentContext(0xD000);
    gemm.gemm(DESC, GOOD, STREAM);
    assertEquals(0xD000, driver.currentContext());
    assertEquals(0xC000, driver.launches.get(0).context());
  }

  @Test
  void close_unloadsWhatWasLoaded_andForbidsUse() {
    gemm.prepare(DESC);
    assertFalse(driver.modules().isEmpty());
    gemm.close();
    gemm.close();
    assertTrue(driver.modules().isEmpty());
    assertThrows(IllegalStateException.class, () -> gemm.gemm(DESC, GOOD, STREAM));
    assertEquals(1, driver.retained(0), "the caller's device stays open");
  }

  @Test
  void close_doesNotThrow_onABrokenContext() {
    gemm.prepare(DESC);
    faults.failAt(Operation.SYNCHRONIZE, 1, Fault.ILLEGAL_ADDRESS);
    gemm.close();
  }

  @Test
  void deviceWithoutAPlugin_isAnErrorThatListsThem() {
    driver.computeCapability = new ComputeCapability(8, 0);
    try (Gpu old = Gpu.open(driver, OptionalInt.empty());
        DeepGemm onOld = builder().gpu(old).build()) {
      JitException e = assertThrows(JitException.class, () -> onOld.prepare(DESC));
      assertEquals("DG-JIT-08", e.problems().get(0).id());
      assertTrue(e.getMessage().contains("8.0") && e.getMessage().contains("tiny"));
    }
  }

  @Test
  void chosenArchitecture_thatDoesNotFitTheDevice_configuresAndDoesNotLaunch() {
    driver.computeCapability = new ComputeCapability(8, 0);
    try (Gpu old = Gpu.open(driver, OptionalInt.empty());
        DeepGemm onOld = builder().gpu(old).arch("tiny").build()) {
      assertEquals(100, onOld.config(DESC).desc().smLimit());
      JitException e = assertThrows(JitException.class, () -> onOld.prepare(DESC));
      assertEquals("DG-JIT-08", e.problems().get(0).id());
    }
  }

  @Test
  void unknownArchitectureAndWrongOption_areErrorsOfTheBuilder() {
    assertThrows(ArchSpecException.class, () -> builder().arch("sm42").build());
    assertThrows(
        OptionException.class,
        () -> builder().options(Options.defaults().with(Options.JIT_ASSEMBLER, "nasm")).build());
  }

  @Test
  void convenience_fillsInContiguousStrides() {
    gemm.bf16Gemm(256, 512, 1024, 0x1000, 0x2000, 0x3000, DataType.BF16, STREAM);
    assertEquals(
        List.of(256L, 0x1000L, 1024L, 0x2000L, 1024L, 0x3000L, 512L),
        values(driver.launches.get(0)));
    gemm.fp8Gemm(5, 512, 1000, 0x10, 0x20, 0x30, 0x40, 0x50, STREAM);
    assertEquals(
        List.of(5L, 0x10L, 1000L, 0x30L, 1000L, 0x50L, 512L, 0x20L, 8L, 0x40L, 8L),
        values(driver.launches.get(1)));
  }

  private static List<Long> values(FakeDriver.Launch launch) {
    List<Long> values = new ArrayList<>();
    for (KernelArg arg : launch.plan().args()) {
      if (arg instanceof KernelArg.Address address) {
        values.add(address.value());
      } else if (arg instanceof KernelArg.Int value) {
        values.add((long) value.value());
      }
    }
    return values;
  }

  @Test
  void module_wiresOneOfEach() {
    var injector =
        Guice.createInjector(
            new DeepGemmModule(
                Options.of(
                    Map.of(),
                    Map.of("DG_JIT_CACHE_DIR", folder.toString(), "DG_JIT_ASSEMBLER", "linker"))));
    DeepGemm one = injector.getInstance(DeepGemm.class);
    assertSame(one, injector.getInstance(DeepGemm.class));
    assertSame(one.compiler(), injector.getInstance(KernelCompiler.class));
    one.close();
  }
}
