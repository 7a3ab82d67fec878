package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.jit.fixtures.FakeDriver;
import dev.deepgemm.jit.fixtures.LogCapture;
import dev.deepgemm.jit.fixtures.TinyArch;
import dev.deepgemm.jit.internal.compile.JitLog;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.jit.kernel.JitListener;
import dev.deepgemm.spi.ArchSpecs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Modes, listeners and logs as the facade shows them. */
class DeepGemmModesTest {
  private static final GemmDesc DESC = GemmDesc.bf16(256, 512, 1024, DataType.BF16);
  private static final GemmOperands GOOD =
      GemmOperands.unscaled(
          new DeviceMatrix(0x1000, 1024),
          new DeviceMatrix(0x2000, 1024),
          new DeviceMatrix(0x3000, 512));

  @TempDir Path folder;

  private final FakeDriver driver = new FakeDriver();
  private final TinyArch arch = new TinyArch();
  private Gpu gpu;

  @BeforeEach
  void open() {
    gpu = Gpu.open(driver, OptionalInt.empty());
  }

  @AfterEach
  void close() {
    gpu.close();
  }

  private DeepGemmBuilder builder(Options options) {
    return DeepGemm.builder()
        .options(
            options
                .with(Options.JIT_CACHE_DIR, folder.toString())
                .with(Options.JIT_ASSEMBLER, "linker"))
        .archs(ArchSpecs.of(List.of(arch)))
        .gpu(gpu);
  }

  private DeepGemm never() {
    return builder(Options.defaults().with(Options.JIT_MODE, "never")).build();
  }

  @Test
  void never_callAndPreparationAreRefused_untilSomebodyWarmedUp() {
    try (DeepGemm never = never()) {
      JitException call = assertThrows(JitException.class, () -> never.gemm(DESC, GOOD, 0));
      JitException preparation = assertThrows(JitException.class, () -> never.prepare(DESC));
      for (JitException e : List.of(call, preparation)) {
        assertEquals("DG-JIT-10", e.problems().get(0).id());
        assertTrue(e.getMessage().contains("m=256 n=512 k=1024"), e.getMessage());
        assertTrue(
            e.getMessage()
                .contains("dg warmup --arch tiny --dtype bf16 --shapes 512x1024 --m 256 --sms 132"),
            e.getMessage());
      }
      assertEquals(2, never.compiler().stats().refused());
      assertEquals(0, driver.launches.size());
      try (DeepGemm warm = builder(Options.defaults()).build()) {
        warm.prepare(DESC);
      }
      assertEquals(CacheTier.DISK, never.prepare(DESC).tier());
      never.gemm(DESC.withM(512), GOOD, 0);
      assertEquals(1, driver.launches.size());
      assertEquals(0, never.compiler().stats().assembled());
    }
  }

  @Test
  void signatureThatTheCommandDoesNotKnow_isNotToldToWarmAnother() {
    for (Signature signature :
        List.of(
            Signature.BF16.withAccumulate(true),
            Signature.BF16.withMajors(Major.K, Major.MN),
            Signature.FP8.withScaling(ScaleScheme.FP32_1D1D))) {
      try (DeepGemm never = never()) {
        JitException e =
            assertThrows(JitException.class, () -> never.prepare(DESC.withSignature(signature)));
        assertEquals("DG-JIT-10", e.problems().get(0).id());
        assertTrue(e.getMessage().contains("DeepGemm.prepare of this problem"), e.getMessage());
        assertFalse(e.getMessage().contains("dg warmup"), e.getMessage());
      }
    }
  }

  @Test
  void warn_namesTheProblem_ofTheFirstCallAlone() {
    try (DeepGemm warn = builder(Options.defaults().with(Options.JIT_MODE, "warn")).build();
        LogCapture log = LogCapture.of(KernelCompiler.class)) {
      warn.gemm(DESC, GOOD, 0);
      warn.gemm(DESC.withM(512), GOOD, 0);
      assertEquals(1, log.messages().size(), log.messages().toString());
      assertTrue(log.messages().get(0).contains("m=256 n=512 k=1024"), log.messages().toString());
    }
  }

  @Test
  void listener_hearsConfigurations_kernelsAndLoads_once() {
    List<String> heard = new ArrayList<>();
    JitListener listener =
        new JitListener() {
          @Override
          public void configured(GemmConfig config) {
            heard.add("m " + config.desc().m());
          }

          @Override
          public void found(CompiledKernel kernel) {
            heard.add(kernel.tier().name());
          }

          @Override
          public void loaded(String kernel, long nanos) {
            heard.add(nanos > 0 ? "loaded " + kernel : "loaded in no time");
          }
        };
    try (DeepGemm gemm = builder(Options.defaults()).listener(listener).build()) {
      gemm.gemm(DESC, GOOD, 0);
      gemm.gemm(DESC, GOOD, 0);
      gemm.prepare(DESC.withM(512));
      String kernel = gemm.config(DESC).kernel().id();
      assertEquals(List.of("m 256", "ASSEMBLED", "loaded " + kernel, "m 512"), heard);
      assertEquals(1, gemm.compiler().stats().loaded());
      assertTrue(gemm.compiler().stats().loadNanos() > 0);
    }
  }

  @Test
  void printConfigsAndLoadTime_areLogged() {
    Options options =
        Options.defaults().with(Options.PRINT_CONFIGS, "1").with(Options.JIT_PRINT_LOAD_TIME, "1");
    try (DeepGemm gemm = builder(options).build();
        LogCapture log = LogCapture.of(JitLog.class, Level.INFO)) {
      gemm.gemm(DESC, GOOD, 0);
      gemm.gemm(DESC, GOOD, 0);
      String kernel = gemm.config(DESC).kernel().id();
      assertEquals(2, log.messages().size(), log.messages().toString());
      assertTrue(log.messages().get(0).startsWith("config: "), log.messages().toString());
      assertTrue(log.messages().get(0).contains(kernel), log.messages().toString());
      assertTrue(log.messages().get(1).startsWith("load: " + kernel), log.messages().toString());
    }
  }
}
