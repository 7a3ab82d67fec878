package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.testkit.doubles.FailingDriver;
import dev.deepgemm.testkit.doubles.FailingDriver.Fault;
import dev.deepgemm.testkit.doubles.FailingDriver.Operation;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A device that fails on command, as an application's tests use it: through what is public. */
class SimulatedDeviceTest {
  private final FailingDriver driver = new FailingDriver();
  private final Gpu gpu = open();

  private Gpu open() {
    return Gpu.open(driver.simulated(), OptionalInt.empty());
  }

  @AfterEach
  void close() {
    gpu.close();
  }

  private static CudaException assertFails(Fault fault, Executable call) {
    CudaException e = assertThrows(CudaException.class, call);
    assertEquals(fault.code(), e.code());
    assertTrue(e.getMessage().contains("CUDA_ERROR_" + fault), e.getMessage());
    assertTrue(e.getMessage().contains("injected"), e.getMessage());
    return e;
  }

  private static String id(CudaException e) {
    return e.problems().get(0).id();
  }

  @Test
  void nthAllocation_failsAlone_andIsCounted() {
    driver.failAt(Operation.ALLOCATE, 2, Fault.OUT_OF_MEMORY);
    gpu.allocate(16).close();
    assertEquals("DG-CUDA-07", id(assertFails(Fault.OUT_OF_MEMORY, () -> gpu.allocate(16))));
    gpu.allocate(16).close();
    assertEquals(3, driver.count(Operation.ALLOCATE));
    assertThrows(
        IllegalArgumentException.class,
        () -> driver.failAt(Operation.ALLOCATE, 0, Fault.OUT_OF_MEMORY));
  }

  @Test
  void everyOperation_failsUntilItIsHealed() {
    driver.failAlways(Operation.COPY, Fault.INVALID_HANDLE);
    try (GpuBuffer buffer = gpu.allocate(4)) {
      for (int i = 0; i < 2; i++) {
        assertEquals(
            "DG-CUDA-08", id(assertFails(Fault.INVALID_HANDLE, () -> buffer.upload(new byte[4]))));
      }
      driver.heal(Operation.COPY);
      byte[] bytes = {1, 2, 3, 4};
      assertArrayEquals(bytes, buffer.upload(bytes).download(new byte[4]));
    }
  }

  @Test
  void brokenContext_failsWhateverIsAsked_untilARestart() {
    long stream = gpu.createStream();
    driver.failAt(Operation.SYNCHRONIZE, 1, Fault.ILLEGAL_ADDRESS);
    assertEquals(
        "DG-CUDA-06", id(assertFails(Fault.ILLEGAL_ADDRESS, () -> gpu.synchronize(stream))));
    driver.heal(Operation.SYNCHRONIZE);
    assertFails(Fault.ILLEGAL_ADDRESS, () -> gpu.synchronize(stream));
    assertFails(Fault.ILLEGAL_ADDRESS, () -> gpu.allocate(16));
    assertFails(Fault.ILLEGAL_ADDRESS, this::open);
    driver.restart();
    gpu.synchronize(stream);
    gpu.allocate(16).close();
  }

  @Test
  void errorThatBreaksTheContext_isNotHiddenByCleaningUp() {
    driver.failAt(Operation.SYNCHRONIZE, 1, Fault.LAUNCH_FAILED);
    CudaException e = assertFails(Fault.LAUNCH_FAILED, () -> gpu.timeMicros(0, () -> {}));
    assertTrue(e.getMessage().contains("elapsedMillis returned"), e.getMessage());
  }

  @Test
  void simulatedMemory_ends_asRealMemoryDoes() {
    GpuBuffer most = gpu.allocate(gpu.info().memoryBytes() - 1);
    CudaException e = assertThrows(CudaException.class, () -> gpu.allocate(2));
    assertEquals("DG-CUDA-07", id(e));
    assertFalse(e.getMessage().contains("injected"), "nobody told it to");
    most.close();
    gpu.allocate(2).close();
  }

  @Test
  void simulatedMemory_isCopiedFilledAndGuarded() {
    try (GpuBuffer from = gpu.allocate(8);
        GpuBuffer to = gpu.allocate(8)) {
      from.upload(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
      gpu.copy(from.address() + 2, to.address() + 4, 3, 0);
      gpu.fill(to.address(), (byte) 9, 4, 0);
      gpu.fill(to.address() + 7, (byte) 9, 1, 0);
      assertArrayEquals(new byte[] {9, 9, 9, 9, 3, 4, 5, 9}, to.download(new byte[8]));
      CudaException e =
          assertThrows(CudaException.class, () -> gpu.fill(to.address() + 7, (byte) 0, 2, 0));
      assertEquals(1, e.code());
      assertThrows(CudaException.class, () -> gpu.copy(16, to.address(), 1, 0));
    }
  }

  @Test
  void wholeLibrary_runsOnASimulatedDevice_andItsKernelsFailOnCommand(@TempDir Path cache) {
    GemmDesc desc = GemmDesc.bf16(64, 256, 128, DataType.BF16);
    Options options =
        Options.defaults()
            .with(Options.JIT_CACHE_DIR, cache.toString())
            .with(Options.JIT_ASSEMBLER, "linker");
    try (DeepGemm gemm = DeepGemm.builder().options(options).gpu(gpu).build()) {
      driver.failAt(Operation.LOAD_MODULE, 1, Fault.NO_BINARY_FOR_GPU);
      assertFails(Fault.NO_BINARY_FOR_GPU, () -> gemm.prepare(desc));
      assertNotNull(gemm.prepare(desc), "it is not remembered");
      long a = 0x10000;
      Executable call = () -> gemm.bf16Gemm(64, 256, 128, a, 2 * a, 3 * a, DataType.BF16, 0);
      driver.failAt(Operation.LAUNCH, 2, Fault.LAUNCH_OUT_OF_RESOURCES);
      assertDoesNotThrow(call);
      assertEquals("DG-CUDA-01", id(assertFails(Fault.LAUNCH_OUT_OF_RESOURCES, call)));
      assertDoesNotThrow(call);
      assertEquals(3, driver.count(Operation.LAUNCH));
      driver.failAt(Operation.LAUNCH, 1, Fault.LAUNCH_FAILED);
      assertFails(Fault.LAUNCH_FAILED, call);
      assertFails(Fault.LAUNCH_FAILED, call);
    }
  }
}
