package dev.deepgemm.cli.info;

import dev.deepgemm.api.Option;
import dev.deepgemm.api.OptionException;
import dev.deepgemm.api.Options;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.cli.console.TextTable;
import dev.deepgemm.cli.distribution.Version;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.jit.KernelCompiler;
import dev.deepgemm.jit.kernel.AssemblerStatus;
import dev.deepgemm.jit.kernel.CacheStats;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dg info}: what is here, and what is set. */
@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    description =
        "Show plugins, device, assemblers, cache, and every option with where it came from.")
public final class InfoCommand implements Runnable {
  @Spec @Nullable CommandSpec spec;

  @Override
  public void run() {
    PrintWriter out = Console.out(spec);
    Options options = Options.fromEnvironment();
    out.println("dg " + Version.text() + ", Java " + Runtime.version());
    architectures(out);
    device(out);
    compiler(out, options);
    options(out, options);
    out.flush();
  }

  private static void architectures(PrintWriter out) {
    heading(out, "Architectures");
    TextTable table = new TextTable("name", "target", "SMs", "kernels", "from");
    for (ArchSpec arch : ArchSpecs.load().all()) {
      table.row(
          arch.id(),
          arch.target(),
          arch.defaultNumSms(),
          arch.kernels().isPresent() ? "yes" : "no",
          ArchSpecs.origin(arch));
    }
    table.print(out, "  ");
  }

  private static void device(PrintWriter out) {
    heading(out, "Device");
    Gpu.Search search = Gpu.find();
    if (search.gpu().isEmpty()) {
      out.println("  none: " + search.whyNot());
      return;
    }
    try (Gpu gpu = search.gpu().get()) {
      DeviceInfo info = gpu.info();
      out.printf(
          Locale.ROOT,
          "  %d: %s, compute capability %s, %d SMs, %,d MiB, L2 %,d MiB, %,d B shared memory per"
              + " CTA%n",
          info.ordinal(),
          info.name(),
          info.computeCapability(),
          info.sms(),
          info.memoryBytes() >> 20,
          info.l2Bytes() >> 20,
          info.smemPerBlock());
      out.printf(
          Locale.ROOT,
          "  driver %s, speaks CUDA %s; SM clock up to %,d MHz%n",
          info.driverVersion(),
          info.cudaVersion(),
          info.clockKhz() / 1000);
    }
  }

  private static void compiler(PrintWriter out, Options options) {
    KernelCompiler compiler;
    try {
      compiler = KernelCompiler.create(options);
    } catch (OptionException e) {
      heading(out, "Assemblers and cache");
      out.println("  " + e.getMessage());
      return;
    }
    heading(out, "Assemblers, in the order in which they are tried");
    for (AssemblerStatus status : compiler.assemblers()) {
      String detail = status.detail().lines().findFirst().orElse("");
      out.printf("  %-9s %s%s%n", status.id(), status.available() ? "" : "no: ", detail);
    }
    heading(out, "Cache");
    CacheStats cache = compiler.cache();
    out.printf(
        Locale.ROOT, "  %s: %,d kernels, %,d B%n", cache.folder(), cache.entries(), cache.bytes());
  }

  private static void options(PrintWriter out, Options options) {
    heading(
        out, "Options: set in code, else by system property, else by environment, else default");
    TextTable table = new TextTable("environment", "property", "value", "source", "what it does");
    for (Option<?> option : Options.all()) {
      String value;
      String source;
      try {
        Option.Resolved<?> resolved = options.resolve(option);
        value = "\"" + resolved.text() + "\"";
        source = resolved.source().name().toLowerCase(Locale.ROOT);
      } catch (OptionException e) {
        value = "not legal";
        source = e.problems().get(0).message();
      }
      table.row(option.env(), option.property(), value, source, option.doc());
    }
    table.print(out, "  ");
  }

  private static void heading(PrintWriter out, String text) {
    out.println();
    out.println(text);
  }
}
