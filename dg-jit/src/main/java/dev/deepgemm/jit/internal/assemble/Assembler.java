package dev.deepgemm.jit.internal.assemble;

import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import java.util.List;
import java.util.Optional;

/**
 * Turns PTX into machine code. Implementations are safe for use by several threads at once.
 *
 * <p>{@link #id()}, {@link #version()} and {@link #options} are part of a cubin's key in the cache:
 * whatever can change the machine code must show in one of them.
 */
public interface Assembler {
  /** Short name, as {@code DG_JIT_ASSEMBLER} takes it. */
  String id();

  /**
   * The full version.
   *
   * @throws JitException if the assembler is not available ({@code DG-JIT-02})
   */
  String version();

  /** Options that decide what machine code comes out, for a target. */
  List<String> options(String target);

  /** Why this assembler cannot be used on this machine at all; empty if it can. */
  Optional<String> unavailable();

  /** Why this assembler cannot take a module; asked only if it is available. */
  Optional<String> refusal(PtxModule module);

  /**
   * Assembles a module that is not {@link #refusal refused}.
   *
   * @throws JitException if the PTX is wrong ({@code DG-JIT-01}) or the assembler fails
   */
  Cubin assemble(PtxModule module);

  /** How a module is assembled, for people who want to do it by hand. */
  default String command(PtxModule module) {
    return id() + " " + version() + " " + String.join(" ", options(module.target()));
  }
}
