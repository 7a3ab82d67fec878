package dev.deepgemm.cli.cache;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.cli.console.TextTable;
import dev.deepgemm.jit.KernelCache;
import dev.deepgemm.jit.kernel.CacheEntry;
import dev.deepgemm.jit.kernel.ResourceUsage;
import dev.deepgemm.workloads.files.InputException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code dg cache}: what the kernel cache holds, whether it is whole, and how to make it smaller. */
@Command(
    name = "cache",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description =
        "Look at the kernel cache on disk, check it, make it smaller. Safe beside its users.")
public final class CacheCommand implements Runnable {
  @Spec @Nullable CommandSpec spec;

  @Option(
      names = "--dir",
      paramLabel = "FOLDER",
      scope = ScopeType.INHERIT,
      description = "Cache folder (default: DG_JIT_CACHE_DIR, or $HOME/.deep_gemm).")
  @Nullable Path dir;

  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "name one of ls, verify, prune and clear");
    }
  }

  private Options options() {
    Options options = Options.fromEnvironment();
    return dir == null ? options : options.with(Options.JIT_CACHE_DIR, dir.toString());
  }

  private KernelCache cache() {
    return KernelCache.of(options());
  }

  private PrintWriter out() {
    return Console.out(spec);
  }

  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "List the kernels, the last used first.")
  int ls() {
    KernelCache cache = cache();
    List<CacheEntry> entries = cache.entries();
    TextTable table =
        new TextTable("key", "bytes", "unused for", "registers", "target", "assembler", "kernel");
    Instant now = Instant.now();
    for (CacheEntry entry : entries) {
      table.row(
          entry.key().substring(0, 12),
          String.format(Locale.ROOT, "%,d", entry.bytes()),
          age(Duration.between(entry.lastUsed(), now)),
          entry.usage().map(ResourceUsage::registers).map(Object::toString).orElse("-"),
          entry.target(),
          entry.assembler(),
          entry.kernel().isEmpty() ? "(damaged; see dg cache verify)" : entry.kernel());
    }
    PrintWriter out = out();
    if (!entries.isEmpty()) {
      table.print(out, "");
    }
    total(out, cache, entries);
    out.flush();
    return 0;
  }

  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = "Check size and SHA-256 of every kernel; exit code 1 if one is damaged.")
  int verify(@Option(names = "--remove", description = "Remove the damaged ones.") boolean remove) {
    KernelCache cache = cache();
    List<CacheEntry> entries = cache.verify();
    List<CacheEntry> damaged = entries.stream().filter(e -> e.damage().isPresent()).toList();
    PrintWriter out = out();
    for (CacheEntry entry : damaged) {
      out.println(entry.key() + ": " + entry.damage().orElse(""));
    }
    out.printf(Locale.ROOT, "%d damaged; ", damaged.size());
    total(out, cache, entries);
    if (remove && !damaged.isEmpty()) {
      print(out, cache.remove(damaged));
    } else if (!damaged.isEmpty()) {
      out.println("no process uses them; they are built again when they are wanted");
    }
    out.flush();
    return damaged.isEmpty() || remove ? 0 : ExitCode.FAILURE;
  }

  @Command(
      name = "prune",
      mixinStandardHelpOptions = true,
      description = {
        "Remove kernels that were not used for a time, then the least recently used ones until the"
            + " others fit, and all that killed processes left."
      })
  int prune(
      @Option(
              names = "--max-mb",
              paramLabel = "MIB",
              description = "What may stay (default: DG_JIT_CACHE_MAX_MB).")
          @Nullable Long maxMb,
      @Option(
              names = "--unused-for",
              paramLabel = "DAYS",
              description = "How long a kernel may have been unused (default: for ever).")
          @Nullable Integer days) {
    if (maxMb != null && (maxMb < 0 || maxMb > 1 << 20)) {
      throw new InputException(
          Problem.of("DG-CACHE-02", "--max-mb is %d; legal: 0 to 1048576, 0 removes all", maxMb));
    }
    if (days != null && days < 0) {
      throw new InputException(
          Problem.of("DG-CACHE-02", "--unused-for is %d; legal: 0 days or more", days));
    }
    long limit = options().get(Options.JIT_CACHE_MAX_MB);
    long most = maxMb != null ? maxMb << 20 : limit == 0 ? Long.MAX_VALUE : limit << 20;
    KernelCache cache = cache();
    PrintWriter out = out();
    print(out, cache.prune(most, Duration.ofDays(days == null ? 36_500 : days)));
    total(out, cache, cache.entries());
    out.flush();
    return 0;
  }

  @Command(
      name = "clear",
      mixinStandardHelpOptions = true,
      description = "Remove every kernel, and all that killed processes left.")
  int clear() {
    PrintWriter out = out();
    print(out, cache().clear());
    out.flush();
    return 0;
  }

  private static void print(PrintWriter out, KernelCache.Removed removed) {
    out.printf(
        Locale.ROOT,
        "removed %d kernels and %d leftovers, %,d B%n",
        removed.kernels(),
        removed.leftovers(),
        removed.bytes());
  }

  private static void total(PrintWriter out, KernelCache cache, List<CacheEntry> entries) {
    out.printf(
        Locale.ROOT,
        "%d kernels, %,d B in %s%n",
        entries.size(),
        entries.stream().mapToLong(CacheEntry::bytes).sum(),
        cache.folder());
  }

  private static String age(Duration time) {
    if (time.toDays() > 0) {
      return time.toDays() + " d";
    }
    return time.toHours() > 0 ? time.toHours() + " h" : Math.max(0, time.toMinutes()) + " min";
  }
}
