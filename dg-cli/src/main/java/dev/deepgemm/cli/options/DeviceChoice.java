package dev.deepgemm.cli.options;

/** {@code --device}: where kernels run. The names are what users write. */
public enum DeviceChoice {
  /** The first GPU if there is one that kernels run on, else the emulator. */
  auto,
  /** The first GPU. */
  cuda,
  /** This machine's processor. */
  emulator
}
