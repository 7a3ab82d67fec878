package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.driver.CudaException;
import dev.deepgemm.jit.fixtures.FakeDriver;
import dev.deepgemm.testkit.doubles.FailingDriver;
import dev.deepgemm.testkit.doubles.FailingDriver.Fault;
import dev.deepgemm.testkit.doubles.FailingDriver.Operation;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** {@link Gpu}, {@link GpuBuffer} and {@link GpuGraph} on a driver that keeps books. */
class GpuContextTest {
  private final FakeDriver driver = new FakeDriver();

  private Gpu open() {
    return Gpu.open(driver, OptionalInt.empty());
  }

  @Test
  void currentContext_isAdopted_andNeverReleased() {
    driver.setCurrentContext(0xD000);
    Gpu gpu = open();
    assertEquals(0, gpu.info().ordinal());
    gpu.close();
    assertEquals(0, driver.retained(0));
  }

  @Test
  void deviceThatIsOpenedAgain_worksOnTheThreadThatKeptItsDeadContext() {
    Gpu first = open();
    first.synchronize();
    first.close();
    assertEquals(0xC000, driver.currentContext(), "dead, and still current");
    Gpu second = open();
    second.synchronize();
    second.close();
    assertEquals(0, driver.retained(0));
  }

  @Test
  void primaryContextThatIsCurrent_isHeld_whoeverLetsGoOfItFirst() {
    Gpu first = open();
    first.synchronize();
    Gpu second = open();
    first.close();
    second.synchronize();
    second.close();
    assertEquals(0, driver.retained(0));
  }

  @Test
  void primaryContext_isRetained_withoutACurrentOne_andReleasedOnce() {
    Gpu gpu = open();
    assertEquals(1, driver.retained(0));
    gpu.close();
    gpu.close();
    assertEquals(0, driver.retained(0));
  }

  @Test
  void chosenDevice_winsOverTheCurrentContextOfAnother() {
    driver.devices = 2;
    driver.setCurrentContext(0xD000);
    Gpu gpu = Gpu.open(driver, OptionalInt.of(1));
    assertEquals(1, gpu.info().ordinal());
    gpu.allocate(16).close();
    assertEquals(0xD000, driver.currentContext(), "the caller's context is current again");
  }

  @Test
  void deviceThatDoesNotExist_isAnErrorWithTheRange() {
    driver.devices = 2;
    CudaException e = assertThrows(CudaException.class, () -> Gpu.open(driver, OptionalInt.of(2)));
    assertEquals("DG-CUDA-04", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("0 to 1"), e.getMessage());
    driver.devices = 0;
    e = assertThrows(CudaException.class, this::open);
    assertEquals("DG-CUDA-03", e.problems().get(0).id());
  }

  @Test
  void otherThread_getsTheContext_andKeepsIt() throws Exception {
    Gpu gpu = open();
    long current =
        CompletableFuture.supplyAsync(
                () -> {
                  gpu.synchronize();
                  return driver.currentContext();
                })
            .get();
    assertEquals(0xC000, current);
  }

  @Test
  void othersContext_isCurrentAgain_afterAFailureToo() {
    FailingDriver faults = new FailingDriver();
    Gpu gpu = Gpu.open(faults.before(driver), OptionalInt.empty());
    driver.setCurrentContext(0xD000);
    faults.failAt(Operation.SYNCHRONIZE, 1, Fault.ILLEGAL_ADDRESS);
    CudaException e = assertThrows(CudaException.class, gpu::synchronize);
    assertEquals("DG-CUDA-06", e.problems().get(0).id());
    assertEquals(700, e.code());
    assertEquals(0xD000, driver.currentContext());
  }

  @Test
  void arraysOfAnySize_comeBack_asTheyWent() {
    Gpu gpu = open();
    int[] ints = new int[3_000_001]; // three chunks, the last one ragged
    for (int i = 0; i < ints.length; i++) {
      ints[i] = i * 31;
    }
    try (GpuBuffer buffer = gpu.allocate(4L * ints.length)) {
      assertArrayEquals(ints, buffer.upload(ints).download(new int[ints.length]));
      float[] floats = {1.5f, -0f, Float.NaN};
      assertArrayEquals(floats, buffer.upload(floats).download(new float[3]));
      short[] shorts = {-1, 2, 3};
      assertArrayEquals(shorts, buffer.upload(shorts).download(new short[3]));
      byte[] bytes = {-1, 2, 3};
      assertArrayEquals(bytes, buffer.upload(bytes).download(new byte[3]));
      assertArrayEquals(new byte[0], buffer.upload(new byte[0]).download(new byte[0]));
      assertEquals(Float.NaN, buffer.fill((byte) 0xFF).download(new float[1])[0]);
    }
    assertTrue(driver.allocations().isEmpty());
  }

  @Test
  void copies_beyondTheEnd_areRefused() {
    try (GpuBuffer buffer = open().allocate(8)) {
      assertThrows(IndexOutOfBoundsException.class, () -> buffer.upload(new int[3]));
      assertThrows(IndexOutOfBoundsException.class, () -> buffer.download(new byte[9]));
    }
  }

  @Test
  void freedMemory_cannotBeUsed_andIsFreedOnce() {
    GpuBuffer buffer = open().allocate(8);
    buffer.close();
    buffer.close();
    assertThrows(IllegalStateException.class, buffer::address);
  }

  @Test
  void timing_isInMicroseconds_andDestroysItsEvents() {
    Gpu gpu = open();
    assertEquals(250.0, gpu.timeMicros(0, () -> {}));
    IllegalStateException mine = new IllegalStateException();
    assertSame(
        mine,
        assertThrows(
            IllegalStateException.class,
            () ->
                gpu.timeMicros(
                    0,
                    () -> {
                      throw mine;
                    })));
    assertTrue(driver.events().isEmpty());
  }

  @Test
  void capture_ends_whenTheWorkFails() {
    Gpu gpu = open();
    long stream = gpu.createStream();
    assertThrows(
        ArithmeticException.class,
        () ->
            gpu.capture(
                stream,
                () -> {
                  assertTrue(gpu.isCapturing(stream));
                  throw new ArithmeticException();
                }));
    assertTrue(driver.capturing().isEmpty());
    assertTrue(driver.graphs().isEmpty());
    gpu.capture(stream, () -> {}).close();
    assertTrue(driver.graphs().isEmpty());
    gpu.destroyStream(stream);
    assertTrue(driver.streams().isEmpty());
  }
}
