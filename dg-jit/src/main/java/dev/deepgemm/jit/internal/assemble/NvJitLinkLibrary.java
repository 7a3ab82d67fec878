package dev.deepgemm.jit.internal.assemble;

import dev.deepgemm.api.Options;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where libnvJitLink may be: the folders in which an installed CUDA toolkit has it, then the class path,
 * on which {@code org.bytedeco:cuda-redist} or anything else may bring it as a resource. The newest major
 * version is tried first.
 */
final class NvJitLinkLibrary {
  private static final Logger LOG = System.getLogger(NvJitLinkLibrary.class.getName());
  private static final List<String> NAMES =
      List.of("libnvJitLink.so.13", "libnvJitLink.so.12", "libnvJitLink.so");
  private static final String RESOURCES = "org/bytedeco/cuda/linux-x86_64/";

  private final List<Path> folders;
  private final @Nullable ClassLoader loader;

  NvJitLinkLibrary(List<Path> folders, @Nullable ClassLoader loader) {
    this.folders = List.copyOf(folders);
    this.loader = loader;
  }

  static NvJitLinkLibrary of(Options options) {
    List<Path> folders = new ArrayList<>(Tool.folders(options.foreign("LD_LIBRARY_PATH")));
    List<Path> toolkits = new ArrayList<>();
    toolkits.addAll(Tool.folders(options.foreign("CUDA_HOME")));
    toolkits.addAll(Tool.folders(options.foreign("CUDA_PATH")));
    toolkits.add(Path.of("/usr/local/cuda"));
    for (Path toolkit : toolkits) {
      folders.add(toolkit.resolve("lib64"));
      folders.add(toolkit.resolve("targets/x86_64-linux/lib"));
    }
    folders.add(Path.of("/usr/lib/x86_64-linux-gnu"));
    folders.add(Path.of("/usr/lib64"));
    return new NvJitLinkLibrary(folders, Thread.currentThread().getContextClassLoader());
  }

  /** A file that may be the library. */
  record Candidate(Path file, long bytes) {}

  /** What is there, in the order in which it should be tried; resources are written to files. */
  List<Candidate> candidates() {
    List<Candidate> found = new ArrayList<>();
    for (String name : NAMES) {
      for (Path folder : folders) {
        Path file = folder.resolve(name);
        if (Files.isRegularFile(file)) {
          add(found, file);
        }
      }
    }
    return found.isEmpty() ? resources() : found;
  }

  private List<Candidate> resources() {
    List<Candidate> found = new ArrayList<>();
    for (String name : NAMES) {
      URL resource = loader == null ? null : loader.getResource(RESOURCES + name);
      if (resource != null) {
        try (InputStream in = resource.openStream()) {
          Path file = Files.createTempFile("deepgemm-", "-" + name);
          file.toFile().deleteOnExit();
          Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
          add(found, file);
          break;
        } catch (IOException e) {
          LOG.log(Logger.Level.WARNING, "cannot unpack " + resource, e);
        }
      }
    }
    return found;
  }

  private static void add(List<Candidate> found, Path file) {
    try {
      found.add(new Candidate(file, Files.size(file)));
    } catch (IOException e) {
      LOG.log(Logger.Level.DEBUG, "cannot look at " + file, e);
    }
  }
}
