package dev.deepgemm.testkit.conformance.run;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.spi.ArchSpec;
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
   * @param job the kernel and its launch
   * @param data inputs; the runner copies them to memory of its own. Where the product is added to C, C is
   *     what {@code d} holds before, and no operand of its own
   * @param d what D and its surroundings hold before, and receives what they hold after
   * @throws RuntimeException if the kernel faults; the message says where
   */
  void run(Job job, GemmData data, HostMatrix d);

  /**
   * A kernel to run: configured, emitted, and a planner for the addresses that the runner chooses.
   * A runner that emits and plans itself needs the configuration alone.
   *
   * @param arch the plugin
   * @param config what is run
   * @param module its kernel
   * @param planner from addresses to the launch
   */
  record Job(
      ArchSpec arch,
      GemmConfig config,
      PtxModule module,
      Function<GemmOperands, LaunchPlan> planner) {}
}
