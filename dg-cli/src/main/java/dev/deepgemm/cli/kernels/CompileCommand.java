package dev.deepgemm.cli.kernels;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.cli.config.ConfigJson;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.jit.KernelCompiler;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.ResourceUsage;
import dev.deepgemm.measure.Kernels;
import dev.deepgemm.workloads.files.AtomicFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dg compile}: the machine code of a kernel, and what it takes of a multiprocessor. */
@Command(
    name = "compile",
    mixinStandardHelpOptions = true,
    description = {
      "Assemble the kernel that a problem gets, or one of your choice; no GPU is needed.",
      "Shows registers, spills and shared memory."
    })
public final class CompileCommand implements Runnable {
  @Spec @Nullable CommandSpec spec;

  @Mixin KernelChoice choice = new KernelChoice();

  @Option(
      names = "--assembler",
      paramLabel = "NAME",
      description =
          "auto (default), driver, ptxas, embedded, nvjitlink or linker; overrides DG_JIT_ASSEMBLER.")
  @Nullable String assembler;

  @Option(names = "--out", paramLabel = "FILE", description = "Where to write the cubin.")
  @Nullable Path out;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run() {
    // Compiling is what the command is for, also where servers must not.
    Options options = Options.fromEnvironment().with(Options.JIT_MODE, "auto");
    if (assembler != null) {
      options = options.with(Options.JIT_ASSEMBLER, assembler);
    }
    GemmConfig config = choice.config(options);
    CompiledKernel compiled =
        KernelCompiler.create(options).compile(Kernels.of(choice.spec()).emit(config.kernel()));
    if (out != null) {
      AtomicFile.write(out, compiled.cubin().bytes());
    }
    PrintWriter console = Console.out(spec);
    if (json) {
      console.println(toJson(config, compiled).toPrettyString());
    } else {
      print(console, config, compiled);
    }
    console.flush();
  }

  private void print(PrintWriter console, GemmConfig config, CompiledKernel compiled) {
    line(console, "kernel         %s", config.kernel().id());
    line(console, "target         %s", compiled.module().target());
    line(console, "assembler      %s", compiled.assembler());
    line(
        console,
        "cache          %s, %.1f ms",
        compiled.tier().name().toLowerCase(Locale.ROOT),
        compiled.nanos() / 1e6);
    line(
        console,
        "PTX            %,d lines; cubin %,d B",
        compiled.module().text().lines().count(),
        compiled.cubin().size());
    ResourceUsage usage = compiled.cubin().usage().orElse(null);
    if (usage == null) {
      line(console, "registers      the assembler does not say");
    } else {
      line(
          console,
          "registers      %d per thread, %d threads",
          usage.registers(),
          compiled.module().threads());
      line(
          console,
          "spills         %d B stored, %d B loaded, %d B of stack",
          usage.spillStores(),
          usage.spillLoads(),
          usage.stack());
    }
    compiled.cubin().losses().forEach(loss -> line(console, "slow           %s", loss));
    line(
        console,
        "shared memory  %,d B dynamic%s",
        config.smemBytes(),
        usage == null ? "" : String.format(Locale.ROOT, ", %,d B static", usage.staticSmem()));
    if (out != null) {
      line(console, "written        %s", out);
    }
  }

  private static ObjectNode toJson(GemmConfig config, CompiledKernel compiled) {
    ResourceUsage usage = compiled.cubin().usage().orElse(null);
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("kernel", config.kernel().id())
            .put("target", compiled.module().target())
            .put("assembler", compiled.assembler())
            .put("cache", compiled.tier().name().toLowerCase(Locale.ROOT))
            .put("compile_ms", compiled.nanos() / 1e6)
            .put("cubin_bytes", compiled.cubin().size())
            .put("registers", usage == null ? null : usage.registers())
            .put("spill_store_bytes", usage == null ? null : usage.spillStores())
            .put("spill_load_bytes", usage == null ? null : usage.spillLoads())
            .put("static_smem", usage == null ? null : usage.staticSmem())
            .put("smem_size", config.smemBytes());
    compiled.cubin().losses().forEach(json.putArray("losses")::add);
    json.set("config", ConfigJson.config(config));
    return json;
  }

  private static void line(PrintWriter console, String format, Object... args) {
    console.printf(Locale.ROOT, format + "%n", args);
  }
}
