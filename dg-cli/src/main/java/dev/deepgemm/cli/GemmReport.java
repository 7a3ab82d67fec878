package dev.deepgemm.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.jit.ResourceUsage;
import dev.deepgemm.jit.kernel.ResourceUsage;
import dev.deepgemm.reference.GemmError;
import dev.deepgemm.reference.Tolerance;
import dev.deepgemm.testkit.GemmError;
import dev.deepgemm.testkit.Tolerance;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code dg gemm} has to say.
 *
 * @param device short name of the machine
 * @param deviceLine the machine for a human
 * @param config kernel and launch
 * @param prepared what it took to have the kernel
 * @param check comparison with the reference; null if nothing was launched
 * @param timing warm launches; null if none were timed
 * @param problems what is wrong with the result; empty if nothing is
 * @param notes what else a human should know
 */
record GemmReport(
    String device,
    String deviceLine,
    GemmConfig config,
    Machine.Prepared prepared,
    @Nullable Check check,
    @Nullable Timing timing,
    List<String> problems,
    List<String> notes) {

  /**
   * A comparison with the reference.
   *
   * @param tolerance what is legal; null if the inputs are the caller's, for which there is no rule
   * @param elements elements that were compared
   */
  record Check(GemmError error, @Nullable Tolerance tolerance, long elements) {}

  /**
   * Warm launches.
   *
   * @param micros one launch, median
   * @param launches launches per measurement
   * @param sets input sets, used in turn
   * @param bytes bytes that one launch reads and writes at least
   */
  record Timing(double micros, int launches, int sets, long bytes) {}

  GemmReport {
    problems = List.copyOf(problems);
    notes = List.copyOf(notes);
  }

  static String note(String format, Object... args) {
    return String.format(Locale.ROOT, format, args);
  }

  GemmReport withNote(String format, Object... args) {
    List<String> more = new ArrayList<>(notes);
    more.add(note(format, args));
    return new GemmReport(device, deviceLine, config, prepared, check, timing, problems, more);
  }

  GemmReport withPrepared(Machine.Prepared other) {
    return new GemmReport(device, deviceLine, config, other, check, timing, problems, notes);
  }

  boolean passed() {
    return problems.isEmpty();
  }

  private double tflops(Timing times) {
    return config.desc().flops() / times.micros() / 1e6;
  }

  /** For machines; absent values are null. */
  String json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("device", device);
    json.put("passed", passed());
    json.put("relative_error", check == null ? null : check.error().relative());
    json.put("worst_element_error", check == null ? null : check.error().worst());
    json.put(
        "tolerance",
        check == null || check.tolerance() == null ? null : check.tolerance().relative());
    json.put("checked_elements", check == null ? null : check.elements());
    json.put("kernel", config.kernel().id());
    json.set("problem", ConfigJson.problem(config.desc()));
    json.set("config", ConfigJson.config(config));
    json.put("cache", prepared.cache());
    json.put("assembler", prepared.assembler());
    json.put("emit_ms", prepared.emitMillis());
    json.put("compile_ms", prepared.compileMillis());
    json.put("load_ms", prepared.loadMillis());
    ResourceUsage usage = prepared.usage().orElse(null);
    json.put("registers", usage == null ? null : usage.registers());
    json.put("spill_bytes", usage == null ? null : usage.spillStores() + usage.spillLoads());
    json.put("time_us", timing == null ? null : timing.micros());
    json.put("tflops", timing == null ? null : tflops(timing));
    problems.forEach(json.putArray("problems")::add);
    notes.forEach(json.putArray("notes")::add);
    return json.toPrettyString();
  }

  /** For a human. */
  void print(PrintWriter out) {
    GemmDesc desc = config.desc();
    KernelSpec kernel = config.kernel();
    line(out, "device", deviceLine);
    line(
        out,
        "problem",
        "%s %,d x %,d x %,d -> %s, %s, at most %d SMs",
        desc.abType(),
        desc.m(),
        desc.n(),
        desc.k(),
        desc.cdType(),
        desc.scaling(),
        desc.smLimit());
    line(
        out,
        "config",
        "tile %s, %d stages, multicast %s, %,d tiles in %,d waves on %d SMs, %,d B shared memory",
        kernel.tile(),
        kernel.stages(),
        kernel.multicast(),
        config.blocks(),
        config.waves(),
        config.numSms(),
        config.smemBytes());
    line(out, "kernel", kernel.id());
    line(
        out,
        "compile",
        "cache: %s; emit %.1f ms, compile %.1f ms, load %.1f ms%s%s",
        prepared.cache(),
        prepared.emitMillis(),
        prepared.compileMillis(),
        prepared.loadMillis(),
        prepared.assembler().isEmpty() ? "" : "; " + prepared.assembler(),
        prepared
            .usage()
            .map(usage -> note("; %d registers, %s", usage.registers(), spills(usage)))
            .orElse(""));
    if (check != null) {
      line(
          out,
          "check",
          "relative error %.3e%s, worst element %.3e; %,d elements compared",
          check.error().relative(),
          check.tolerance() == null ? "" : note(" (legal: %.1e)", check.tolerance().relative()),
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
    notes.forEach(text -> line(out, "note", "%s", text));
    problems.forEach(text -> line(out, "WRONG", "%s", text));
    line(out, "result", check == null ? "not launched" : passed() ? "ok" : "FAILED");
  }

  private static String spills(ResourceUsage usage) {
    return usage.spills()
        ? note("%d B spilled", usage.spillStores() + usage.spillLoads())
        : "no spills";
  }

  private static void line(PrintWriter out, String name, String format, Object... args) {
    String text = args.length == 0 ? format : String.format(Locale.ROOT, format, args);
    out.printf(Locale.ROOT, "%-8s %s%n", name, text);
  }
}
