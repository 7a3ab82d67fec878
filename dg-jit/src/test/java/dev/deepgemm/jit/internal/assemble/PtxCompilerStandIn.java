package dev.deepgemm.jit.internal.assemble;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A real library with the interface of the driver's PTX compiler, for machines without a driver: JCuda's
 * natives hold NVIDIA's compiler of CUDA 12.0 and export its functions.
 */
final class PtxCompilerStandIn {
  private static final String RESOURCE = "/lib/libJNvPTXCompiler-12.6.0-linux-x86_64.so";

  private PtxCompilerStandIn() {}

  /** The library in a file of its own, apart from the one that JCuda loads. */
  static Path file() {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "JCuda has natives for Linux x86-64 only");
    try (InputStream in = PtxCompilerStandIn.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new AssertionError("JCuda's natives do not have " + RESOURCE);
      }
      Path file = Files.createTempFile("deepgemm-ptx-compiler", ".so");
      file.toFile().deleteOnExit();
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static DriverAssembler driver() {
    return new DriverAssembler(() -> PtxCompiler.open(file().toString()), () -> "999.01", false);
  }
}
