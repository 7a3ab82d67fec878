package dev.deepgemm.cli.warmup;

import dev.deepgemm.cli.console.TextTable;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.measure.Percentiles;
import dev.deepgemm.measure.warmup.Warmup;
import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** What a warm-up did, in a few lines. */
final class WarmupSummary {
  private final Warmup.Report report;

  WarmupSummary(Warmup.Report report) {
    this.report = report;
  }

  void print(PrintWriter out) {
    out.printf(
        "%d kernels: %d built, %d were there, %d failed, in %.1f s%n",
        report.kernels().size() + report.failures().size(),
        report.built(),
        report.kernels().size() - report.built(),
        report.failures().size(),
        report.nanos() / 1e9);
    TextTable table = new TextTable("from", "kernels", "p50 ms", "p99 ms", "max ms", "by");
    Map<CacheTier, String> names = new EnumMap<>(CacheTier.class);
    names.put(CacheTier.ASSEMBLED, "assembler");
    names.put(CacheTier.DISK, "cache folder");
    names.put(CacheTier.PACK, "kernel pack");
    names.put(CacheTier.MEMORY, "memory");
    names.forEach((tier, name) -> row(table, tier, name));
    table.print(out, "  ");
    Percentiles emission =
        Percentiles.of(report.kernels().stream().map(kernel -> kernel.emitNanos() / 1e6).toList());
    if (emission.count() > 0) {
      out.printf(
          "  PTX written in %.1f ms (median), %.1f ms (most) per kernel%n",
          emission.median(), emission.max());
    }
  }

  private void row(TextTable table, CacheTier tier, String name) {
    List<Warmup.Warm> kernels =
        report.kernels().stream().filter(kernel -> kernel.compiled().tier() == tier).toList();
    if (kernels.isEmpty()) {
      return;
    }
    Percentiles millis =
        Percentiles.of(kernels.stream().map(kernel -> kernel.compiled().nanos() / 1e6).toList());
    TreeSet<String> assemblers = new TreeSet<>();
    kernels.forEach(kernel -> assemblers.add(kernel.compiled().assembler()));
    table.row(
        name,
        kernels.size(),
        tenths(millis.median()),
        tenths(millis.at(99)),
        tenths(millis.max()),
        String.join(", ", assemblers));
  }

  private static String tenths(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
