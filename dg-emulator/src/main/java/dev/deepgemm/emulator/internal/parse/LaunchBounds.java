package dev.deepgemm.emulator.internal.parse;

import dev.deepgemm.api.Problem;
import java.util.ArrayList;
import java.util.List;

/**
 * What the head of an entry point demands of a launch.
 *
 * @param requiredThreads threads per CTA that {@code .reqntid} demands; 0 without it
 * @param maxThreads most threads per CTA, by {@code .maxntid}; 0 without it
 * @param requiredCluster CTAs per cluster that {@code .reqnctapercluster} demands; 0 without it
 */
public record LaunchBounds(int requiredThreads, int maxThreads, int requiredCluster) {
  /** What is wrong with a launch of this size ({@code DG-EMU-05}); empty if nothing is. */
  public List<Problem> problems(int grid, int threads, int cluster) {
    List<Problem> problems = new ArrayList<>();
    if (threads < 32 || threads > 1024 || threads % 32 != 0) {
      problems.add(
          Problem.of("DG-EMU-05", "%d threads per CTA; legal: multiples of 32 to 1024", threads));
    }
    if (requiredThreads != 0 && threads != requiredThreads) {
      problems.add(
          Problem.of(
              "DG-EMU-05",
              "%d threads per CTA; the kernel's .reqntid is %d",
              threads,
              requiredThreads));
    }
    if (maxThreads != 0 && threads > maxThreads) {
      problems.add(
          Problem.of(
              "DG-EMU-05", "%d threads per CTA; the kernel's .maxntid is %d", threads, maxThreads));
    }
    if (requiredCluster != 0 && cluster != requiredCluster) {
      problems.add(
          Problem.of(
              "DG-EMU-05",
              "clusters of %d; the kernel's .reqnctapercluster is %d",
              cluster,
              requiredCluster));
    }
    if (cluster < 1 || cluster > 16) {
      problems.add(Problem.of("DG-EMU-05", "clusters of %d; legal: 1 to 16", cluster));
    } else if (grid < 1 || grid % cluster != 0) {
      problems.add(
          Problem.of(
              "DG-EMU-05",
              "a grid of %d CTAs in clusters of %d; legal: positive multiples",
              grid,
              cluster));
    }
    return problems;
  }
}
