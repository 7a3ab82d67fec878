package dev.deepgemm.cli;

import dev.deepgemm.api.Option;
import dev.deepgemm.api.OptionException;
import dev.deepgemm.api.Options;
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
    description =
        "Show plugins, device, assemblers, cache, and every option with where it came from.")
final class InfoCommand implements Runnable {
  @Spec @Nullable CommandSpec spec;

  @Override
  public void run() {
    PrintWriter out = Console.out(spec);
    Options options = Options.fromEnvironment();
    out.println("dg " + Version.text() + ", Java " + Runtime.version());
    out.println();
    out.println("Architectures");
    for (ArchSpec arch : ArchSpecs.load().all()) {
      out.printf(
          "  %-8s %-8s kernels: %-3s %s%n",
          arch.id(),
          arch.target(),
          arch.kernels().isPresent() ? "yes" : "no",
          ArchSpecs.origin(arch));
    }
    out.println();
    out.println("Options (set in code, then system property, then environment, then default)");
    for (Option<?> option : Options.all()) {
      out.printf("  %-24s %s%n", option.env(), value(options, option));
      out.printf("  %-24s %s; property %s%n", "", option.doc(), option.property());
    }
    out.flush();
  }

  private static String value(Options options, Option<?> option) {
    try {
      Option.Resolved<?> resolved = options.resolve(option);
      return "\""
          + resolved.text()
          + "\" ("
          + resolved.source().name().toLowerCase(Locale.ROOT)
          + ")";
    } catch (OptionException e) {
      return "illegal: " + e.getMessage();
    }
  }
}
