package dev.deepgemm.cli;

import dev.deepgemm.spi.ArchSpec;

/** How many SMs a launch may use where {@code --sms} does not say. */
@FunctionalInterface
interface DefaultSms {
  /** What the architecture's data-centre device has; the answer on a machine without a device. */
  DefaultSms WITHOUT_DEVICE = ArchSpec::defaultNumSms;

  /** SMs of a device of that architecture. */
  int of(ArchSpec arch);
}
