package dev.deepgemm.cli.emulate;

import dev.deepgemm.api.Problem;
import dev.deepgemm.emulator.DeviceMemory;
import dev.deepgemm.workloads.files.AtomicFile;
import dev.deepgemm.workloads.files.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes buffers to their files when the kernel has ended. */
final class EmulatedOutputs {
  private EmulatedOutputs() {}

  /**
   * Writes every buffer that has a file. All files are complete before the first one takes its
   * place, so that a full disk leaves what was there before.
   *
   * @throws InputException if one cannot be written ({@code DG-CLI-24})
   */
  static void write(List<EmulatedBuffer> buffers, DeviceMemory memory) {
    List<AtomicFile> files = new ArrayList<>();
    try {
      for (EmulatedBuffer buffer : buffers) {
        Path out = buffer.out();
        if (out != null) {
          AtomicFile file = AtomicFile.open(out);
          files.add(file);
          file.stream().write(memory.read(buffer.address(), buffer.bytes()));
          file.stream().flush();
        }
      }
      for (AtomicFile file : files) {
        file.publish();
      }
    } catch (IOException e) {
      throw new InputException(
          Problem.of(
              "DG-CLI-24",
              "the buffers cannot be written: %s. Name files where there is room for them",
              e),
          e);
    } finally {
      files.forEach(EmulatedOutputs::discard);
    }
  }

  /** Removes what was not published. */
  private static void discard(AtomicFile file) {
    try {
      file.close();
    } catch (IOException e) {
      // What stays behind is a hidden file beside the output; the failure itself is told already.
    }
  }
}
