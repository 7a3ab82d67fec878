package dev.deepgemm.emulator;

import dev.deepgemm.api.DeepGemmException;
import dev.deepgemm.emulator.internal.check.FindingsException;

/**
 * PTX that the emulator cannot read, or a kernel that did something wrong while it ran ({@code
 * DG-EMU-*}; docs/emulator.md lists them).
 *
 * <p>Of a text, all problems are collected. Of a run, the first one ends it: what a kernel does
 * after a fault means nothing.
 */
public final class EmulatorException extends DeepGemmException {
  private static final long serialVersionUID = 1L;

  private final boolean refused;

  EmulatorException(FindingsException findings) {
    super(findings.problems());
    this.refused = findings.isRefused();
  }

  /**
   * Whether the text or the launch was refused, so that nothing ran and memory is untouched. False
   * if the kernel ran and did something wrong.
   */
  public boolean isRefused() {
    return refused;
  }
}
