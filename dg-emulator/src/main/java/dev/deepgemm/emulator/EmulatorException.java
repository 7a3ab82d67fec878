package dev.deepgemm.emulator;

import dev.deepgemm.api.DeepGemmException;
import dev.deepgemm.api.Problem;
import java.util.List;

/**
 * PTX that the emulator cannot read, or a kernel that did something wrong while it ran ({@code
 * DG-EMU-*}; docs/emulator.md lists them).
 *
 * <p>Of a text, all problems are collected. Of a run, the first one ends it: what a kernel does
 * after a fault means nothing.
 */
public final class EmulatorException extends DeepGemmException {
  private static final long serialVersionUID = 1L;

  EmulatorException(List<Problem> problems) {
    super(problems);
  }
}
