package dev.deepgemm.testkit;

import dev.deepgemm.api.Options;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Whether this machine has a GPU, told from its files: the device node of the kernel module and the
 * driver's library. Nothing is loaded, so that asking on a machine without a driver costs nothing and
 * cannot fail; what this misses, such as a driver that is installed and broken, the test itself finds.
 */
final class GpuCondition implements ExecutionCondition {
  private static final String LIBRARY = "libcuda.so.1";
  private static final List<String> DEVICE_NODES = List.of("dev/nvidiactl", "dev/dxg");
  private static final List<String> FOLDERS =
      List.of(
          "usr/lib/x86_64-linux-gnu",
          "usr/lib64",
          "lib64",
          "usr/lib",
          "usr/local/nvidia/lib64",
          "usr/lib/wsl/lib");

  private final Path root;
  private final Options options;

  /** For JUnit: this machine. */
  GpuCondition() {
    this(Path.of("/"), Options.fromEnvironment());
  }

  /** For tests: the machine whose files lie below {@code root}. */
  GpuCondition(Path root, Options options) {
    this.root = root;
    this.options = options;
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return missing()
        .map(reason -> ConditionEvaluationResult.disabled("needs an NVIDIA GPU: " + reason))
        .orElseGet(() -> ConditionEvaluationResult.enabled("a GPU driver is there"));
  }

  /** What is missing; empty if nothing is. */
  Optional<String> missing() {
    if (DEVICE_NODES.stream().noneMatch(node -> Files.exists(root.resolve(node)))) {
      return Optional.of(
          "neither /dev/nvidiactl nor /dev/dxg exists (no GPU, or a container without access)");
    }
    if (!libraryIsThere()) {
      return Optional.of(
          LIBRARY + " is in none of the loader's folders (the driver is not installed)");
    }
    return Optional.empty();
  }

  private boolean libraryIsThere() {
    String path = options.foreign("LD_LIBRARY_PATH");
    Stream<String> own =
        path == null ? Stream.of() : Stream.of(path.split(Pattern.quote(File.pathSeparator)));
    return Stream.concat(FOLDERS.stream(), own.filter(folder -> folder.startsWith("/")))
            .map(folder -> folder.startsWith("/") ? folder.substring(1) : folder)
            .anyMatch(folder -> Files.exists(root.resolve(folder).resolve(LIBRARY)))
        || inLoaderCache();
  }

  /** Distributions that keep libraries elsewhere list them in the loader's cache, as plain text. */
  private boolean inLoaderCache() {
    try {
      byte[] cache = Files.readAllBytes(root.resolve("etc/ld.so.cache"));
      return new String(cache, StandardCharsets.ISO_8859_1).contains("/" + LIBRARY);
    } catch (IOException e) {
      return false;
    }
  }
}
