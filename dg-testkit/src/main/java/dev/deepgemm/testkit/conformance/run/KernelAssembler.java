package dev.deepgemm.testkit.conformance.run;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.testkit.conformance.Conformance;
import java.util.Optional;

/**
 * What the second tier assembles kernels with. {@code ptxas} on the PATH is built in; others are
 * handed to {@link Conformance.Builder#assembler} or registered for {@link
 * java.util.ServiceLoader}, which is how a class path with another assembler on it brings it along.
 *
 * <p>Implementations are safe for use by several threads at once.
 */
public interface KernelAssembler {
  /** {@code ptxas} on the PATH of this process, whether it is there or not. */
  static KernelAssembler ptxas() {
    return new PtxasOnPath(Options.fromEnvironment());
  }

  /** Name and version, for the report. */
  String description();

  /** Why it cannot be used for a target on this machine; empty if it can. */
  Optional<String> unavailable(String target);

  /** Assembles a module. A module that is not accepted is an answer, not an exception. */
  Assembly assemble(PtxModule module);

  /**
   * What became of a module.
   *
   * @param accepted whether there is machine code
   * @param log what the assembler said
   * @param registers per thread
   * @param spillBytes bytes that are spilled to or loaded from local memory, per thread
   * @param stackBytes stack, per thread
   * @param staticSmem static shared memory per CTA, bytes
   */
  record Assembly(
      boolean accepted,
      String log,
      int registers,
      int spillBytes,
      int stackBytes,
      int staticSmem) {}
}
