package dev.deepgemm.jit.internal.assemble;

import dev.deepgemm.api.Problem;
import dev.deepgemm.jit.kernel.JitException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A native library that an assembler needs, opened when it is first asked for, and once: found or not, the
 * answer stays.
 *
 * @param <L> its binding
 */
final class LazyLibrary<L> {
  private final String assembler;
  private final Supplier<Probe<L>> opener;
  private @Nullable Probe<L> probe;

  /** The library and its version, or why there is none. */
  record Probe<L>(@Nullable L library, String version, String problem) {
    static <L> Probe<L> found(L library, String version) {
      return new Probe<>(library, version, "");
    }

    static <L> Probe<L> missing(String problem) {
      return new Probe<>(null, "", problem);
    }
  }

  /** A library for the assembler of that id. */
  LazyLibrary(String assembler, Supplier<Probe<L>> opener) {
    this.assembler = assembler;
    this.opener = opener;
  }

  private synchronized Probe<L> probe() {
    if (probe == null) {
      probe = opener.get();
    }
    return probe;
  }

  /** The library; {@code DG-JIT-02} if there is none. */
  L get() {
    Probe<L> found = probe();
    if (found.library == null) {
      throw new JitException(Problem.of("DG-JIT-02", "assembler %s: %s", assembler, found.problem));
    }
    return found.library;
  }

  /** Its version; {@code DG-JIT-02} if there is none. */
  String version() {
    get();
    return probe().version;
  }

  /** Why there is none; empty if there is one. */
  Optional<String> unavailable() {
    String problem = probe().problem;
    return problem.isEmpty() ? Optional.empty() : Optional.of(problem);
  }
}
