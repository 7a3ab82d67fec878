package dev.deepgemm.emulator;

import java.time.Duration;
import java.util.List;

/**
 * What a run did.
 *
 * @param seed seed of the schedule; the same seed repeats the run
 * @param instructions warp instructions executed
 * @param wgmmas warpgroup matrix instructions executed
 * @param copies asynchronous bulk copies
 * @param copiedBytes bytes that they moved
 * @param elapsed wall-clock time
 * @param warnings what is legal here and risky on the hardware
 */
public record EmulatorReport(
    long seed,
    long instructions,
    long wgmmas,
    long copies,
    long copiedBytes,
    Duration elapsed,
    List<String> warnings) {

  /** Copies the list. */
  public EmulatorReport {
    warnings = List.copyOf(warnings);
  }
}
