package dev.deepgemm.cli.kernels;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.measure.Kernels;
import dev.deepgemm.workloads.files.AtomicFile;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dg emit}: the PTX of a kernel. */
@Command(
    name = "emit",
    mixinStandardHelpOptions = true,
    description = "Print the PTX of the kernel that a problem gets, or of one of your choice.")
public final class EmitCommand implements Runnable {
  @Spec @Nullable CommandSpec spec;

  @Mixin KernelChoice choice = new KernelChoice();

  @Option(names = "--out", paramLabel = "FILE", description = "Where to write (default: here).")
  @Nullable Path out;

  @Option(names = "--origins", description = "Behind each line, the line of Java that emitted it.")
  boolean origins;

  @Override
  public void run() {
    PtxModule module =
        Kernels.of(choice.spec()).emit(choice.config(Options.fromEnvironment()).kernel());
    String text = origins ? annotated(module) : module.text();
    if (out == null) {
      PrintWriter console = Console.out(spec);
      console.print(text);
      console.flush();
    } else {
      AtomicFile.write(out, text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static String annotated(PtxModule module) {
    List<String> lines = module.text().lines().toList();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      text.append(lines.get(i));
      module.origin(i + 1).ifPresent(origin -> text.append("  // ").append(origin));
      text.append('\n');
    }
    return text.toString();
  }
}
