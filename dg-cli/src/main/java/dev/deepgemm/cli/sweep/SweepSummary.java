package dev.deepgemm.cli.sweep;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.cli.console.KernelText;
import dev.deepgemm.cli.console.TextTable;
import dev.deepgemm.measure.sweep.SweepResult;
import dev.deepgemm.reference.GemmError;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a sweep found, by rows of the tile and side of multicast. */
final class SweepSummary {
  private static final int MOST_FAILURES = 50;

  private final Map<String, Group> groups = new TreeMap<>();
  private final List<SweepResult> failures = new ArrayList<>();

  private static final class Group {
    private final Set<String> kernels = new HashSet<>();
    private int launches;
    private int failed;
    private double relative;
    private double worst;

    void add(SweepResult result) {
      kernels.add(result.launch().config().kernel().id());
      launches++;
      if (!result.passed()) {
        failed++;
      }
      GemmError error = result.error();
      if (error != null) {
        relative = Math.max(relative, error.relative());
        worst = Math.max(worst, error.worst());
      }
    }

    Object[] row(String name) {
      return new Object[] {
        name,
        kernels.size(),
        launches,
        failed,
        String.format(Locale.ROOT, "%.3e", relative),
        String.format(Locale.ROOT, "%.3e", worst),
      };
    }
  }

  void add(SweepResult result) {
    KernelSpec kernel = result.launch().config().kernel();
    String name =
        String.format(
            Locale.ROOT,
            "%s, block_m %3d, multicast %s",
            KernelText.describe(kernel.signature()),
            kernel.tile().m(),
            kernel.multicast());
    groups.computeIfAbsent(name, key -> new Group()).add(result);
    groups.computeIfAbsent("~ all", key -> new Group()).add(result);
    if (!result.passed()) {
      failures.add(result);
    }
  }

  boolean passed() {
    return failures.isEmpty() && !groups.isEmpty();
  }

  void print(PrintWriter out) {
    for (SweepResult failure : failures.subList(0, Math.min(MOST_FAILURES, failures.size()))) {
      out.println("WRONG    " + failure.launch());
      failure.problems().forEach(problem -> out.println("         " + problem));
    }
    if (failures.size() > MOST_FAILURES) {
      out.printf(Locale.ROOT, "         and %,d more%n", failures.size() - MOST_FAILURES);
    }
    TextTable table =
        new TextTable("kind", "kernels", "launches", "failed", "relative error", "worst element");
    groups.forEach((name, group) -> table.row(group.row(name.replace("~ ", ""))));
    table.print(out, "");
    out.println(passed() ? "ok" : groups.isEmpty() ? "nothing was launched" : "FAILED");
  }
}
