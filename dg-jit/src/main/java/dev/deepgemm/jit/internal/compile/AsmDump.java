package dev.deepgemm.jit.internal.compile;

import dev.deepgemm.api.Options;
import dev.deepgemm.jit.internal.assemble.Tool;
import dev.deepgemm.jit.internal.cache.CubinCache;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.jit.kernel.JitListener;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Writes the PTX and the SASS of each kernel that a process meets to {@code dump/} beside the cubins:
 * {@code DG_JIT_DUMP_PTX}, {@code DG_JIT_DUMP_SASS}, {@code DG_JIT_DUMP_ASM}. SASS comes from {@code
 * nvdisasm}, or else {@code cuobjdump}, of a CUDA toolkit on the PATH; without them there is one warning.
 */
public final class AsmDump implements JitListener {
  private static final Logger LOG = System.getLogger(AsmDump.class.getName());
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final Path folder;
  private final boolean ptx;
  private final boolean sass;
  private final Optional<List<String>> disassembler;
  private final AtomicBoolean warned = new AtomicBoolean();

  AsmDump(Path folder, boolean ptx, boolean sass, Optional<List<String>> disassembler) {
    this.folder = folder;
    this.ptx = ptx;
    this.sass = sass;
    this.disassembler = disassembler;
  }

  /** The dump that the options ask for; empty if they ask for none. */
  static Optional<JitListener> of(Options options) {
    boolean both = options.get(Options.JIT_DUMP_ASM);
    boolean ptx = both || options.get(Options.JIT_DUMP_PTX);
    boolean sass = both || options.get(Options.JIT_DUMP_SASS);
    if (!ptx && !sass) {
      return Optional.empty();
    }
    Path folder = CubinCache.folder(options).resolveSibling("dump");
    return Optional.of(new AsmDump(folder, ptx, sass, disassembler(options.foreign("PATH"))));
  }

  private static Optional<List<String>> disassembler(@Nullable String path) {
    return Tool.onPath("nvdisasm", path)
        .map(tool -> List.of(tool.toString()))
        .or(
            () ->
                Tool.onPath("cuobjdump", path)
                    .map(tool -> List.of(tool.toString(), "--dump-sass")));
  }

  @Override
  public void found(CompiledKernel kernel) {
    if (kernel.tier() == CacheTier.MEMORY) {
      return;
    }
    String name = kernel.module().entry();
    try {
      Files.createDirectories(folder);
      if (ptx) {
        write(name + ".ptx", kernel.module().text().getBytes(StandardCharsets.UTF_8));
      }
      if (sass) {
        if (disassembler.isEmpty()) {
          warn("neither nvdisasm nor cuobjdump is on the PATH; both come with a CUDA toolkit");
        } else {
          write(name + ".sass", disassembled(name, kernel.cubin(), disassembler.get()));
        }
      }
    } catch (IOException | JitException e) {
      warn(e.toString());
    }
  }

  private byte[] disassembled(String name, Cubin cubin, List<String> command) throws IOException {
    Path image = folder.resolve(name + "." + UUID.randomUUID() + ".cubin");
    try {
      Files.write(image, cubin.bytes());
      Tool.Outcome outcome = Tool.run(Tool.with(command, image.toString()), TIMEOUT);
      if (outcome.code() != 0) {
        throw new IOException(command.get(0) + " says " + outcome.output().strip());
      }
      return outcome.output().getBytes(StandardCharsets.UTF_8);
    } finally {
      Files.deleteIfExists(image);
    }
  }

  /** Several processes may write the same file; each sees a whole one. */
  private void write(String name, byte[] bytes) throws IOException {
    Path unfinished = folder.resolve(name + "." + UUID.randomUUID());
    try {
      Files.write(unfinished, bytes);
      Files.move(
          unfinished,
          folder.resolve(name),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private void warn(String why) {
    LOG.log(
        warned.getAndSet(true) ? Logger.Level.DEBUG : Logger.Level.WARNING,
        "kernels cannot be dumped to {0}: {1}",
        folder,
        why);
  }
}
