package dev.deepgemm.cli.options;

import dev.deepgemm.jit.Gpu;
import dev.deepgemm.spi.ArchSpec;

/** How many SMs a launch may use where {@code --sms} does not say. */
@FunctionalInterface
public interface DefaultSms {
  /** What the architecture's data-centre device has; the answer on a machine without a device. */
  DefaultSms WITHOUT_DEVICE = ArchSpec::defaultNumSms;

  /** What the device of this machine has, if it runs the architecture's kernels; loads natives. */
  DefaultSms OF_DEVICE =
      arch -> {
        try (Gpu gpu = Gpu.find().gpu().orElse(null)) {
          return gpu != null && arch.runsOn(gpu.info().computeCapability())
              ? gpu.info().sms()
              : arch.defaultNumSms();
        }
      };

  /** SMs of a device of that architecture. */
  int of(ArchSpec arch);
}
