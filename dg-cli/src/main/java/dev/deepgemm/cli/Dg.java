package dev.deepgemm.cli;

import dev.deepgemm.api.DeepGemmException;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.OptionException;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.cli.bench.BenchCommand;
import dev.deepgemm.cli.bundle.BundleCommand;
import dev.deepgemm.cli.cache.CacheCommand;
import dev.deepgemm.cli.config.ConfigCommand;
import dev.deepgemm.cli.conformance.ConformanceCommand;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.cli.distribution.Version;
import dev.deepgemm.cli.emulate.EmulateCommand;
import dev.deepgemm.cli.gemm.GemmCommand;
import dev.deepgemm.cli.info.InfoCommand;
import dev.deepgemm.cli.kernels.CompileCommand;
import dev.deepgemm.cli.kernels.EmitCommand;
import dev.deepgemm.cli.kernels.KernelsCommand;
import dev.deepgemm.cli.sweep.AgreeCommand;
import dev.deepgemm.cli.sweep.SweepCommand;
import dev.deepgemm.cli.tune.TuneCommand;
import dev.deepgemm.cli.warmup.WarmupCommand;
import dev.deepgemm.spi.ArchSpecException;
import dev.deepgemm.workloads.files.InputException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The command {@code dg}.
 *
 * <p>Exit codes: 0 for success, 1 for a result that is out of tolerance or a failure that is
 * nobody's input, 2 for input that is not legal. Errors go to the error stream as the problems they
 * carry, one per line; {@code --verbose} adds the stack trace.
 */
@Command(
    name = "dg",
    description = "Tensor-core GEMM kernels from Java: plan, emit, assemble, launch, check.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      GemmCommand.class,
      ConfigCommand.class,
      EmitCommand.class,
      CompileCommand.class,
      SweepCommand.class,
      AgreeCommand.class,
      EmulateCommand.class,
      InfoCommand.class,
      KernelsCommand.class,
      WarmupCommand.class,
      CacheCommand.class,
      BenchCommand.class,
      TuneCommand.class,
      BundleCommand.class,
      ConformanceCommand.class,
      CommandLine.HelpCommand.class,
    })
public final class Dg {
  @Option(
      names = "--verbose",
      description = "Print stack traces of errors.",
      scope = ScopeType.INHERIT)
  boolean verbose;

  private Dg() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The command with all of its subcommands; what tests run. */
  public static CommandLine commandLine() {
    Dg dg = new Dg();
    CommandLine line = new CommandLine(dg);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpAutoWidth(true);
    line.setExecutionExceptionHandler((error, failed, parsed) -> dg.report(error, failed));
    return line;
  }

  private int report(Exception error, CommandLine failed) {
    PrintWriter err = failed.getErr();
    if (error instanceof DeepGemmException known) {
      known.problems().forEach(problem -> err.println("dg: " + problem));
    } else {
      err.println("dg: " + error);
      if (!verbose) {
        err.println("dg: that should not happen; --verbose shows where");
      }
    }
    if (verbose) {
      error.printStackTrace(err);
    }
    err.flush();
    return isInput(error) ? ExitCode.USAGE : ExitCode.FAILURE;
  }

  /** Whether the caller can mend it by asking for something else; a driver or a kernel is no input. */
  private static boolean isInput(Exception error) {
    return error instanceof InputException
        || error instanceof InvalidGemmException
        || error instanceof UnsupportedGemmException
        || error instanceof OptionException
        || error instanceof ArchSpecException;
  }
}
