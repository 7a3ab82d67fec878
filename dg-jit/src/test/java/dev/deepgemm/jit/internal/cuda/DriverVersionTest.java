package dev.deepgemm.jit.internal.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DriverVersionTest {
  @TempDir Path folder;

  private Path file(String content) throws IOException {
    return Files.writeString(folder.resolve("f"), content);
  }

  @Test
  void mappedLibrary_namesTheVersion() throws IOException {
    assertEquals(
        Optional.of("580.159.04"),
        DriverVersion.mapped(
            file(
                "7f00-7f01 r-xp 0 08:01 5 /usr/lib/libc.so.6\n"
                    + "7f02-7f03 r-xp 0 08:01 6 /usr/lib/libcuda.so.580.159.04\n")));
    assertEquals(Optional.empty(), DriverVersion.mapped(file("7f02-7f03 /usr/lib/libcuda.so.1\n")));
  }

  @Test
  void mappedCompiler_namesTheVersion() throws IOException {
    assertEquals(
        Optional.of("580.159.04"),
        DriverVersion.compiler(
            file(
                "7f02-7f03 r-xp 0 08:01 6 /usr/lib/libcuda.so.570.1\n"
                    + "7f04-7f05 r-xp 0 08:01 7 /usr/lib/libnvidia-ptxjitcompiler.so.580.159.04\n")));
  }

  @Test
  void kernelModule_namesTheVersion_inBothStyles() throws IOException {
    assertEquals(
        Optional.of("535.104.05"),
        DriverVersion.module(
            file("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19\n")));
    assertEquals(
        Optional.of("580.95.05"),
        DriverVersion.module(
            file("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Rel\n")));
  }

  @Test
  void missingFile_isNoVersion() {
    assertEquals(Optional.empty(), DriverVersion.module(folder.resolve("none")));
  }
}
