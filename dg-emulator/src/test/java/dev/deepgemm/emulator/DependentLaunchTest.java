package dev.deepgemm.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a kernel may touch while the grid in front of it may still be running. */
class DependentLaunchTest {
  private static final String WAIT = "griddepcontrol.wait; ";
  private static final String LOAD = "ld.global.u32 %r1, [%rd3]; ";
  private static final String STORE = "st.global.u32 [%rd2], 7; ";

  @ParameterizedTest
  @ValueSource(
      strings = {
        LOAD + WAIT,
        STORE + WAIT,
        "atom.global.add.u32 %r1, [%rd1], 1; " + WAIT,
        "red.global.add.u32 [%rd1], 1; " + WAIT,
        LOAD
      })
  void accessBeforeTheWait_isRefused(String body) {
    String text = MicroKernel.of(body).input(new byte[4096]).dependent().fault("DG-EMU-28");
    assertTrue(text.contains("griddepcontrol.wait"), text);
  }

  @Test
  void accessBehindTheWait_isFine() {
    assertEquals(7, MicroKernel.of(WAIT + LOAD + STORE).dependent().word());
  }

  @Test
  void constantMemory_mayBeReadAtOnce_andLinesMayBeAskedFor() {
    String early = "prefetch.global.L2 [%rd3]; " + LOAD + WAIT + STORE;
    assertEquals(7, MicroKernel.of(early).constantInput().dependent().word());
    String text = MicroKernel.of(STORE + WAIT).constantInput().dependent().fault("DG-EMU-28");
    assertTrue(text.contains("constant"), text);
  }

  @Test
  void nobodyInFront_nothingToWaitFor() {
    assertEquals(7, MicroKernel.of(LOAD + STORE).word());
  }

  /** One warp waits, and the other one hears of it at a barrier, or does not. */
  @Test
  void waitOfAnotherWarp_countsBehindABarrier() {
    String oneWaits =
        "setp.lt.u32 %p1, %r0, 32; @!%p1 bra $met; griddepcontrol.wait; $met: bar.sync 0; ";
    assertEquals(7, MicroKernel.of(oneWaits + STORE).threads(64).dependent().words(64)[63]);
    String unmet = oneWaits.replace("bar.sync 0; ", "");
    String text = MicroKernel.of(unmet + STORE).threads(64).dependent().fault("DG-EMU-28");
    assertTrue(text.contains("warp 1"), text);
  }
}
