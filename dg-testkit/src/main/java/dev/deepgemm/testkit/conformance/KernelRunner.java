package dev.deepgemm.testkit.conformance;

import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.LaunchPlan;
import dev.deepgemm.api.PtxModule;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.testkit.GemmData;
import dev.deepgemm.testkit.HostMatrix;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the third tier runs kernels on: the emulator, which is built in, or a device.
 *
 * <p>One thread uses an instance.
 */
public interface KernelRunner {
  /** Short name, such as {@code emulator}. */
  String id();

  /** Device and driver, for the report. */
  String description();

  /** Why kernels of this plugin cannot run here; empty if they can. */
  Optional<String> unavailable(ArchSpec arch);

  /**
   * Runs a kernel once and waits for it.
   *
   * @param module the kernel
   * @param data inputs; the runner copies them to memory of its own
   * @param d what D and its surroundings hold before, and receives what they hold after
   * @param planner from the addresses that the runner chose to the launch
   * @throws RuntimeException if the kernel faults; the message says where
   */
  void run(
      PtxModule module, GemmData data, HostMatrix d, Function<GemmOperands, LaunchPlan> planner);
}
