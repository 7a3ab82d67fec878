package dev.deepgemm.jit.internal.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The exact version of the driver library in this process.
 *
 * <p>{@code cuDriverGetVersion} names a CUDA release only; two drivers of one CUDA release may hold
 * different assemblers, and the version of the assembler is part of a cubin's key. The mapped file's
 * name has it ({@code libcuda.so.580.95.05}), also where a container brings a library that differs
 * from the kernel module; the kernel module's own word is second best.
 */
public final class DriverVersion {
  public static final String UNKNOWN = "unknown";

  private static final Pattern MAPPED = Pattern.compile("/libcuda\\.so\\.(\\d+\\.[0-9.]*\\d)");
  private static final Pattern COMPILER =
      Pattern.compile("/libnvidia-ptxjitcompiler\\.so\\.(\\d+\\.[0-9.]*\\d)");
  private static final Pattern MODULE =
      Pattern.compile("Kernel Module\\s+(?:for \\S+\\s+)?(\\d[0-9.]+)");

  private DriverVersion() {}

  static String ofThisProcess() {
    return find(Path.of("/proc/self/maps"), MAPPED)
        .or(() -> find(Path.of("/proc/driver/nvidia/version"), MODULE))
        .orElse(UNKNOWN);
  }

  /** That of the driver's PTX compiler, which is mapped where {@code libcuda} need not be. */
  public static String ofPtxCompiler() {
    return compiler(Path.of("/proc/self/maps")).orElseGet(DriverVersion::ofThisProcess);
  }

  /** The first match of a pattern in a file; empty as well if the file cannot be read. */
  static Optional<String> find(Path file, Pattern pattern) {
    if (!Files.isReadable(file)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines.map(pattern::matcher).filter(Matcher::find).map(m -> m.group(1)).findFirst();
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  static Optional<String> mapped(Path maps) {
    return find(maps, MAPPED);
  }

  static Optional<String> compiler(Path maps) {
    return find(maps, COMPILER);
  }

  static Optional<String> module(Path version) {
    return find(version, MODULE);
  }
}
