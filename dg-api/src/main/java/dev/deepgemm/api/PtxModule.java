package dev.deepgemm.api;

import java.util.List;
import java.util.Optional;

/**
 * PTX text with one entry point and what its launcher has to know.
 *
 * @param text the whole module; the same input gives the same bytes
 * @param entry name of the entry point
 * @param target exact target, such as {@code sm_90a}
 * @param threads threads per CTA
 * @param cluster CTAs per cluster
 * @param origins for each line of {@code text}, the line of Java that emitted it, or an empty
 *     string
 */
public record PtxModule(
    String text, String entry, String target, int threads, int cluster, List<String> origins) {

  /** Copies the list. */
  public PtxModule {
    origins = List.copyOf(origins);
  }

  /**
   * The line of Java that emitted a line of PTX, as {@code Class.method(File.java:12)}.
   *
   * @param line 1 is the first
   */
  public Optional<String> origin(int line) {
    return line < 1 || line > origins.size() || origins.get(line - 1).isEmpty()
        ? Optional.empty()
        : Optional.of(origins.get(line - 1));
  }
}
