package dev.deepgemm.testkit.conformance.spec;

/** What a rule needs in order to be checked. */
public enum Tier {
  /** Nothing: the answers of the plugin, and the PTX that it emits. */
  SPECIFICATION("DGC-S"),
  /** An assembler. */
  COMPILE("DGC-C"),
  /** Something that runs kernels: the emulator, or a device. */
  NUMERICS("DGC-N");

  private final String prefix;

  Tier(String prefix) {
    this.prefix = prefix;
  }

  String prefix() {
    return prefix;
  }
}
