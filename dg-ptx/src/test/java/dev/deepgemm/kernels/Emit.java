package dev.deepgemm.kernels;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.KernelBuilder;
import java.util.List;
import java.util.function.Consumer;

/** Emits bodies outside of the DSL's packages, as kernels do. */
final class Emit {
  private Emit() {}

  /** The module's lines, stripped. */
  static List<String> sm90(Consumer<Code> body) {
    return lines("sm_90a", body);
  }

  /** The module's lines, stripped. */
  static List<String> lines(String target, Consumer<Code> body) {
    return new KernelBuilder("k", target, 128, 1)
        .build(body)
        .text()
        .lines()
        .map(String::strip)
        .toList();
  }
}
