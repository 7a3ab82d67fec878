package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.deepgemm.jit.internal.cuda.JCudaHandles;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import org.junit.jupiter.api.Test;

class JCudaHandlesTest {
  @Test
  void handle_survives_bothWays_withoutADriver() {
    assertEquals(
        0x1234_5678_9ABCL, JCudaHandles.value(JCudaHandles.of(0x1234_5678_9ABCL, new CUstream())));
    assertEquals(0, JCudaHandles.value(new CUstream()));
  }

  @Test
  void address_includesTheByteOffset() {
    CUdeviceptr base = JCudaHandles.of(0x7000_0000_0000L, new CUdeviceptr());
    assertEquals(0x7000_0000_0000L, JCudaGemm.address(base));
    assertEquals(0x7000_0000_0010L, JCudaGemm.address(base.withByteOffset(16)));
    assertEquals(
        0x7000_0000_0018L,
        JCudaGemm.matrix(base.withByteOffset(16).withByteOffset(8), 5).address());
  }
}
