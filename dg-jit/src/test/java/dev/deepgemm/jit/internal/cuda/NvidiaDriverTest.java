package dev.deepgemm.jit.internal.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.jit.DeepGemm;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.jit.fixtures.TinyArch;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.spi.ArchSpecs;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a user meets on a machine without a driver. */
class NvidiaDriverTest {
  @BeforeEach
  void needsAMachineWithoutADriver() {
    assumeTrue(Gpu.find().gpu().isEmpty(), "this machine has a GPU");
  }

  @Test
  void opening_saysWhatIsMissing_everyTime() {
    for (int i = 0; i < 2; i++) {
      CudaException e = assertThrows(CudaException.class, NvidiaDriver::open);
      assertTrue(e.problems().get(0).id().matches("DG-CUDA-0[23]"), e.getMessage());
      assertTrue(e.getMessage().contains("(a)"), e.getMessage());
    }
  }

  @Test
  void search_doesNotThrow_andSaysWhyNot() {
    assertTrue(Gpu.find().whyNot().startsWith("DG-CUDA-"), Gpu.find().whyNot());
  }

  @Test
  void facade_isCreatedAndConfigures_andFailsOnlyWhereADeviceIsNeeded() {
    try (DeepGemm gemm =
        DeepGemm.builder()
            .options(Options.defaults())
            .archs(ArchSpecs.of(List.of(new TinyArch())))
            .arch("tiny")
            .build()) {
      GemmDesc desc = GemmDesc.bf16(256, 512, 1024, dev.deepgemm.api.DataType.BF16);
      assertEquals(100, gemm.config(desc).desc().smLimit());
      assertThrows(CudaException.class, () -> gemm.prepare(desc));
      assertThrows(CudaException.class, gemm::gpu);
    }
  }

  @Test
  void facadeWithoutDeviceOrArchitecture_saysHowToChooseOne() {
    try (DeepGemm gemm =
        DeepGemm.builder()
            .options(Options.defaults())
            .archs(ArchSpecs.of(List.of(new TinyArch())))
            .build()) {
      JitException e =
          assertThrows(JitException.class, () -> gemm.config(GemmDesc.fp8(128, 128, 128)));
      assertEquals("DG-JIT-07", e.problems().get(0).id());
      assertTrue(e.getMessage().contains("tiny"), e.getMessage());
    }
  }
}
