package dev.deepgemm.measure.machine;

import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.GemmOutput;
import dev.deepgemm.reference.HostMatrix;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What D is before a launch, and what may have become of it after many.
 *
 * @param initial D and its guard rows as they are handed to a kernel: poison, and where the product is added
 *     to C, C with poison around it
 * @param accumulates whether a launch adds to what is there, so that a second one gives another result
 */
public record GemmOutputs(HostMatrix initial, boolean accumulates) {
  /** For the inputs of a problem. */
  public static GemmOutputs of(GemmData data) {
    return new GemmOutputs(GemmOutput.before(data), data.c() != null);
  }

  /** Room for what is fetched. */
  HostMatrix room() {
    return HostMatrix.strided(initial.type(), initial.rows(), initial.cols(), initial.stride());
  }

  /** Share of D and its guard rows that launches have changed, 0 to 1. */
  double changed(HostMatrix output) {
    long changed =
        IntStream.range(0, output.rows())
            .parallel()
            .mapToLong(
                row ->
                    IntStream.range(0, output.cols())
                        .filter(col -> output.bits(row, col) != initial.bits(row, col))
                        .count())
            .sum();
    return changed / ((double) output.rows() * output.cols());
  }

  /**
   * What is wrong with an output after timed launches, of which there were many: it is what the first launch
   * gave; or where they went on adding, nothing around it was written.
   *
   * @param which output that is
   */
  public List<String> timedProblems(
      Machine machine, DeviceMatrix d, HostMatrix expected, String which) {
    HostMatrix again = room();
    machine.download(d.address(), again);
    if (accumulates) {
      return GemmOutput.problems(again).stream()
          .map(problem -> "after timed launches " + problem + " (" + which + ")")
          .toList();
    }
    return GemmOutput.unguarded(again).sameElements(expected)
        ? List.of()
        : List.of("timed launches give another result than the first (" + which + ")");
  }
}
