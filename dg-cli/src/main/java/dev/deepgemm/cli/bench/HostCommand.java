package dev.deepgemm.cli.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.api.Options;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.cli.console.TextTable;
import dev.deepgemm.cli.distribution.Provenance;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.measure.JsonText;
import dev.deepgemm.measure.bench.HostCalls;
import dev.deepgemm.measure.bench.HostCalls.Figure;
import dev.deepgemm.workloads.files.AtomicFile;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dg bench host}: what a call costs the thread that makes it. */
@Command(
    name = "host",
    mixinStandardHelpOptions = true,
    description = {
      "Time calls of the library on the host: the same shape with new pointers, and shapes in turn.",
      "Says how many bytes a call allocates. Compare with benchmark/launch.c. Needs a GPU."
    })
final class HostCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures as JSON.")
  @Nullable Path json;

  @Override
  public Integer call() {
    Options options = Options.fromEnvironment();
    try (Gpu gpu = Gpu.open()) {
      PrintWriter out = Console.out(spec);
      List<Figure> figures = HostCalls.measure(gpu, options);
      TextTable table = new TextTable("call", "us", "least", "bytes");
      figures.forEach(
          figure ->
              table.row(
                  figure.name(),
                  number("%.3f", figure.micros()),
                  number("%.3f", figure.least()),
                  number("%.2f", figure.bytesPerCall())));
      table.print(out, "");
      out.flush();
      if (json != null) {
        AtomicFile.write(json, json(gpu.info(), figures).getBytes(StandardCharsets.UTF_8));
      }
      return figures.stream().allMatch(figure -> figure.bytesPerCall() < 1) ? 0 : ExitCode.FAILURE;
    }
  }

  private static String json(DeviceInfo device, List<Figure> figures) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("measurement", "host").put("device", device.name());
    root.put("driver", device.driverVersion()).put("cuda", device.cudaVersion());
    root.put("commit", Provenance.commit().orElse("unknown"));
    root.put("java", Runtime.version().toString());
    ArrayNode calls = root.putArray("calls");
    for (Figure figure : figures) {
      calls
          .addObject()
          .put("call", figure.name())
          .put("time_us", figure.micros())
          .put("least_us", figure.least())
          .put("bytes_per_call", figure.bytesPerCall());
    }
    return JsonText.of(root);
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
