package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.jit.kernel.JitListener;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.testkit.GpuTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Modes and line information where the driver assembles. */
@GpuTest
class ModesOnGpuTest {
  private static final GemmDesc DESC = GemmDesc.fp8(96, 4096, 7168);

  @TempDir Path folder;

  private Gpu gpu;

  @BeforeEach
  void open() {
    gpu = Gpu.open();
    assumeTrue(
        ArchSpecs.load()
            .forDevice(gpu.info().computeCapability())
            .flatMap(arch -> arch.kernels())
            .isPresent(),
        () -> "no kernels for " + gpu);
  }

  @AfterEach
  void close() {
    gpu.close();
  }

  private DeepGemm create(Options options) {
    Options own =
        options.with(Options.JIT_CACHE_DIR, folder.toString()).with(Options.JIT_PACKS, "0");
    return DeepGemm.builder().options(own).gpu(gpu).build();
  }

  @Test
  void never_kernelThatAnotherAssemblerMade_isLoaded() {
    Options options = Options.fromEnvironment();
    try (DeepGemm never = create(options.with(Options.JIT_MODE, "never"))) {
      assertThrows(JitException.class, () -> never.prepare(DESC));
      try (DeepGemm warm = create(options.with(Options.JIT_ASSEMBLER, "embedded"))) {
        warm.prepare(DESC);
      }
      PreparedGemm prepared = never.prepare(DESC);
      assertEquals(CacheTier.DISK, prepared.tier());
      assertTrue(prepared.assembler().startsWith("embedded"), prepared.assembler());
    }
  }

  @Test
  void lineInfo_isKeptByTheDriver_andTheKernelLoads() {
    Options options = Options.fromEnvironment().with(Options.JIT_ASSEMBLER, "driver");
    assertTrue(image(options.with(Options.JIT_WITH_LINEINFO, "1")).contains("ScaledMathLoop.java"));
    assertFalse(image(options).contains("ScaledMathLoop.java"));
  }

  private String image(Options options) {
    StringBuilder image = new StringBuilder();
    try (DeepGemm gemm = create(options)) {
      gemm.compiler()
          .addListener(
              new JitListener() {
                @Override
                public void found(CompiledKernel kernel) {
                  image.append(new String(kernel.cubin().bytes(), StandardCharsets.ISO_8859_1));
                }
              });
      assertTrue(gemm.prepare(DESC).loadNanos() > 0);
    }
    return image.toString();
  }
}
