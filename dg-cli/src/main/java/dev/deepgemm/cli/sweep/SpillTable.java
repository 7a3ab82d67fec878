package dev.deepgemm.cli.sweep;

import dev.deepgemm.cli.console.KernelText;
import dev.deepgemm.cli.console.TextTable;
import dev.deepgemm.measure.sweep.SpillCheck;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Registers and spills for a human.
 *
 * @param result what the assembler said
 */
record SpillTable(SpillCheck.Result result) {
  void print(PrintWriter out) {
    Map<String, int[]> groups = new TreeMap<>();
    result
        .usages()
        .forEach(
            (spec, usage) -> {
              String name =
                  String.format(
                      Locale.ROOT,
                      "%s, tile %3dx%3d",
                      KernelText.describe(spec.signature()),
                      spec.tile().m(),
                      spec.tile().n());
              int[] sums = groups.computeIfAbsent(name, key -> new int[4]);
              sums[0]++;
              sums[1] = Math.max(sums[1], usage.registers());
              sums[2] += usage.spills() ? 1 : 0;
              sums[3] = Math.max(sums[3], usage.spillStores() + usage.spillLoads());
            });
    TextTable table = new TextTable("kind", "kernels", "registers", "spilling", "most bytes");
    groups.forEach((name, sums) -> table.row(name, sums[0], sums[1], sums[2], sums[3]));
    table.print(out, "");
    result.bad().forEach((id, what) -> out.println("WRONG    " + id + ": " + what));
    out.println(result.passed() ? "ok" : "FAILED");
    out.flush();
  }
}
