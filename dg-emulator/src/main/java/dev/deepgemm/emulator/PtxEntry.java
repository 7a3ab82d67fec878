package dev.deepgemm.emulator;

import dev.deepgemm.api.Problem;
import dev.deepgemm.emulator.internal.parse.EntryHead;
import dev.deepgemm.emulator.internal.parse.LaunchBounds;
import java.util.List;

/**
 * What the head of an entry point says: enough to prepare a launch of a kernel that one has only the
 * text of.
 *
 * @param name its name
 * @param parameters its parameters, in order
 * @param requiredThreads threads per CTA that {@code .reqntid} demands; 0 without it
 * @param maxThreads most threads per CTA, by {@code .maxntid}; 0 without it
 * @param requiredCluster CTAs per cluster that {@code .reqnctapercluster} demands; 0 without it
 */
public record PtxEntry(
    String name,
    List<Parameter> parameters,
    int requiredThreads,
    int maxThreads,
    int requiredCluster) {

  /**
   * A parameter.
   *
   * @param name its name
   * @param bytes its size: 8 for an address, 128 for a tensor map
   */
  public record Parameter(String name, long bytes) {}

  /** Copies the list. */
  public PtxEntry {
    parameters = List.copyOf(parameters);
  }

  /**
   * What is wrong with a launch of this size ({@code DG-EMU-05}); empty if nothing is.
   *
   * @param grid CTAs
   * @param threads threads per CTA
   * @param cluster CTAs per cluster
   */
  public List<Problem> problems(int grid, int threads, int cluster) {
    return new LaunchBounds(requiredThreads, maxThreads, requiredCluster)
        .problems(grid, threads, cluster);
  }

  static PtxEntry of(EntryHead head) {
    return new PtxEntry(
        head.name(),
        head.params().stream().map(p -> new Parameter(p.name(), p.bytes())).toList(),
        head.bounds().requiredThreads(),
        head.bounds().maxThreads(),
        head.bounds().requiredCluster());
  }
}
