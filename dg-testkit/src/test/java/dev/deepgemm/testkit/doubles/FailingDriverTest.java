package dev.deepgemm.testkit.doubles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.driver.CudaDriver;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.testkit.doubles.FailingDriver.Fault;
import dev.deepgemm.testkit.doubles.FailingDriver.Operation;
import java.lang.reflect.Method;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FailingDriverTest {
  /** What asks, or changes this thread only. */
  private static final Set<String> CANNOT_FAIL =
      Set.of(
          "version",
          "currentContext",
          "currentDevice",
          "setCurrentContext",
          "releasePrimaryContext");

  @Test
  void everyMethodOfADriver_canFail_orIsListed() {
    Set<Operation> used = EnumSet.noneOf(Operation.class);
    for (Method method : CudaDriver.class.getDeclaredMethods()) {
      if (!method.isSynthetic()) {
        Operation operation = FailingDriver.operation(method.getName());
        assertEquals(CANNOT_FAIL.contains(method.getName()), operation == null, method.getName());
        if (operation != null) {
          used.add(operation);
        }
      }
    }
    assertEquals(EnumSet.allOf(Operation.class), used);
  }

  @Test
  void faults_breakTheContext_asTheDriverSays() {
    EnumSet<Fault> sticky = EnumSet.noneOf(Fault.class);
    for (Fault fault : Fault.values()) {
      if (fault.breaksContext()) {
        sticky.add(fault);
      }
    }
    assertEquals(
        EnumSet.of(Fault.ILLEGAL_ADDRESS, Fault.LAUNCH_TIMEOUT, Fault.LAUNCH_FAILED), sticky);
  }

  @Test
  void faultOnCommand_isThrownBeforeTheCallIsMade() {
    SimulatedDriver real = new SimulatedDriver();
    FailingDriver faults = new FailingDriver();
    CudaDriver driver = faults.before(real);
    driver.setCurrentContext(driver.retainPrimaryContext(0));
    faults.failAt(Operation.STREAM, 2, Fault.INVALID_HANDLE);
    driver.createStream();
    CudaException e = assertThrows(CudaException.class, driver::createStream);
    assertEquals(Fault.INVALID_HANDLE.code(), e.code());
    assertTrue(e.getMessage().contains("injected"), e.getMessage());
    assertEquals(1, real.streams().size());
  }

  @Test
  void driversOwnErrors_comeThroughAsTheyAre() {
    CudaDriver driver = new FailingDriver().simulated();
    CudaException e = assertThrows(CudaException.class, driver::createStream);
    assertEquals("DG-CUDA-08", e.problems().get(0).id());
  }
}
