package dev.deepgemm.cli.gemm;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.cli.config.ConfigJson;
import dev.deepgemm.jit.kernel.ResourceUsage;
import dev.deepgemm.measure.machine.GemmReport;
import java.io.PrintWriter;
import java.util.Locale;

/**
 * A product and its check as text and as JSON.
 *
 * @param report what there is to say
 */
record GemmText(GemmReport report) {
  private double tflops(GemmReport.Timing times) {
    return report.config().desc().flops() / times.micros() / 1e6;
  }

  /** For machines; absent values are null. */
  String json() {
    GemmReport.Check check = report.check();
    GemmReport.Timing timing = report.timing();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("device", report.device());
    json.put("passed", report.passed());
    json.put("relative_error", check == null ? null : check.error().relative());
    json.put("worst_element_error", check == null ? null : check.error().worst());
    json.put(
        "tolerance",
        check == null || check.tolerance() == null ? null : check.tolerance().relative());
    json.put("checked_elements", check == null ? null : check.elements());
    json.put("kernel", report.config().kernel().id());
    json.set("problem", ConfigJson.problem(report.config().desc()));
    json.set("config", ConfigJson.config(report.config()));
    json.put("cache", report.prepared().cache());
    json.put("assembler", report.prepared().assembler());
    json.put("emit_ms", report.prepared().emitMillis());
    json.put("compile_ms", report.prepared().compileMillis());
    json.put("load_ms", report.prepared().loadMillis());
    ResourceUsage usage = report.prepared().usage().orElse(null);
    json.put("registers", usage == null ? null : usage.registers());
    json.put("spill_bytes", usage == null ? null : usage.spillStores() + usage.spillLoads());
    json.put("time_us", timing == null ? null : timing.micros());
    json.put("tflops", timing == null ? null : tflops(timing));
    report.problems().forEach(json.putArray("problems")::add);
    report.notes().forEach(json.putArray("notes")::add);
    return json.toPrettyString();
  }

  /** For a human. */
  void print(PrintWriter out) {
    GemmReport.Check check = report.check();
    GemmReport.Timing timing = report.timing();
    GemmDesc desc = report.config().desc();
    KernelSpec kernel = report.config().kernel();
    String layout = desc.signature().layout();
    line(out, "device", report.deviceLine());
    line(
        out,
        "problem",
        "%s%s %,d x %,d x %,d -> %s%s, %s, at most %d SMs",
        desc.aType(),
        layout.equals("NT") ? "" : " " + layout,
        desc.m(),
        desc.n(),
        desc.k(),
        desc.dType(),
        desc.accumulate() ? " + C" : "",
        desc.scaling().isScaled() ? "scales " + desc.scaling() : "no scales",
        desc.smLimit());
    line(
        out,
        "config",
        "tile %s, %d stages, multicast %s, %,d tiles in %,d waves on %d SMs, %,d B shared memory",
        kernel.tile(),
        kernel.stages(),
        kernel.multicast(),
        report.config().blocks(),
        report.config().waves(),
        report.config().numSms(),
        report.config().smemBytes());
    line(out, "kernel", kernel.id());
    line(
        out,
        "compile",
        "cache: %s; emit %.1f ms, compile %.1f ms, load %.1f ms%s%s",
        report.prepared().cache(),
        report.prepared().emitMillis(),
        report.prepared().compileMillis(),
        report.prepared().loadMillis(),
        report.prepared().assembler().isEmpty() ? "" : "; " + report.prepared().assembler(),
        report
            .prepared()
            .usage()
            .map(usage -> GemmReport.note("; %d registers, %s", usage.registers(), spills(usage)))
            .orElse(""));
    if (check != null) {
      line(
          out,
          "check",
          "relative error %.3e%s, worst element %.3e; %,d elements compared",
          check.error().relative(),
          check.tolerance() == null
              ? ""
              : GemmReport.note(" (legal: %.1e)", check.tolerance().relative()),
          check.error().worst(),
          check.elements());
    }
    if (timing != null) {
      line(
          out,
          "time",
          "%.1f us, %.1f TFLOP/s, %,.0f GB/s (median; graphs of %d launches over %d input sets)",
          timing.micros(),
          tflops(timing),
          timing.bytes() / timing.micros() / 1e3,
          timing.launches(),
          timing.sets());
    }
    report.notes().forEach(text -> line(out, "note", "%s", text));
    report.problems().forEach(text -> line(out, "WRONG", "%s", text));
    line(out, "result", check == null ? "not launched" : report.passed() ? "ok" : "FAILED");
  }

  private static String spills(ResourceUsage usage) {
    return usage.spills()
        ? GemmReport.note("%d B spilled", usage.spillStores() + usage.spillLoads())
        : "no spills";
  }

  private static void line(PrintWriter out, String name, String format, Object... args) {
    String text = args.length == 0 ? format : String.format(Locale.ROOT, format, args);
    out.printf(Locale.ROOT, "%-8s %s%n", name, text);
  }
}
