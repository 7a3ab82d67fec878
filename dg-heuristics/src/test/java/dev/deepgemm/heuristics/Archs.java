package dev.deepgemm.heuristics;

import dev.deepgemm.api.Options;
import dev.deepgemm.sm100.Sm100Spec;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.ArchSpec;

/** The architectures and the settings that tests run with. */
final class Archs {
  private Archs() {}

  static ArchSpec of(String id) {
    return switch (id) {
      case "sm90" -> new Sm90Spec();
      case "sm100" -> new Sm100Spec();
      default -> throw new IllegalArgumentException(id);
    };
  }

  /** Settings under which DeepGEMM's rules answer. */
  static Options classic() {
    return Options.defaults().with(Options.HEURISTICS, "classic");
  }

  /** A selector by DeepGEMM's rules, with the switch set in code. */
  static ConfigSelector selector(String minimize) {
    return ConfigSelector.create(classic().with(Options.MINIMIZE_NUM_SMS, minimize));
  }
}
