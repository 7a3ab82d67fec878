package dev.deepgemm.jit;

import dev.deepgemm.api.Problem;
import dev.deepgemm.jit.internal.cache.CacheKey;
import dev.deepgemm.jit.internal.cache.Manifest;
import dev.deepgemm.jit.internal.cache.PackLayout;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes kernel packs: jars of machine code that a process finds on its class path instead of compiling.
 *
 * <p>The bytes of a pack follow from its kernels alone: entries are sorted, time stamps are constant. So
 * a build that makes a pack is reproducible, and two packs can be compared by their hashes.
 */
public final class PackWriter {
  /** The earliest that a zip file can say; no pack is about when it was made. */
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private PackWriter() {}

  /**
   * Writes a pack. The jar appears under its name when it is complete; what was there is replaced.
   *
   * @param jar where to; its folder must be there
   * @param kernels what goes in; of two with the same PTX and target the last
   * @throws JitException if it cannot be written ({@code DG-PACK-01})
   */
  public static void write(Path jar, Collection<CompiledKernel> kernels) {
    Map<String, CompiledKernel> byKey = new TreeMap<>();
    kernels.forEach(kernel -> byKey.put(PackLayout.key(kernel.module()).hex(), kernel));
    Path target = jar.toAbsolutePath();
    Path unfinished = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
    try {
      try {
        try (OutputStream out = Files.newOutputStream(unfinished, StandardOpenOption.CREATE_NEW);
            ZipOutputStream zip = new ZipOutputStream(out)) {
          write(zip, byKey);
        }
        publish(unfinished, target);
      } finally {
        Files.deleteIfExists(unfinished);
      }
    } catch (IOException e) {
      throw new JitException(
          Problem.of(
              "DG-PACK-01",
              "%s cannot be written: %s. Name a file in a folder that is there",
              jar,
              e),
          e);
    }
  }

  private static void publish(Path unfinished, Path target) throws IOException {
    try {
      Files.move(
          unfinished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(unfinished, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void write(ZipOutputStream zip, Map<String, CompiledKernel> byKey)
      throws IOException {
    entry(zip, "META-INF/MANIFEST.MF", jarManifest(byKey.values()));
    ByteArrayOutputStream index = new ByteArrayOutputStream();
    for (Map.Entry<String, CompiledKernel> each : byKey.entrySet()) {
      index.writeBytes(manifest(each.getKey(), each.getValue()).toBytes());
    }
    entry(zip, PackLayout.INDEX, index.toByteArray());
    for (Map.Entry<String, CompiledKernel> each : byKey.entrySet()) {
      entry(zip, PackLayout.cubin(each.getKey()), each.getValue().cubin().bytes());
    }
  }

  private static Manifest manifest(String key, CompiledKernel kernel) {
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put("entry", kernel.module().entry());
    notes.put("target", kernel.module().target());
    notes.put("assembler", kernel.assembler());
    notes.put("options", kernel.options());
    Cubin cubin = kernel.cubin();
    Manifest.noteLosses(notes, cubin);
    return new Manifest(key, cubin.size(), CacheKey.sha256(cubin.bytes()), cubin.usage(), notes);
  }

  /** For people and their tools; this library reads the index alone. */
  private static byte[] jarManifest(Collection<CompiledKernel> kernels) {
    Set<String> targets = new TreeSet<>();
    Set<String> assemblers = new TreeSet<>();
    for (CompiledKernel kernel : kernels) {
      targets.add(kernel.module().target());
      assemblers.add(kernel.assembler());
    }
    return ("Manifest-Version: 1.0\r\n"
            + "DeepGEMM-Kernels: "
            + kernels.size()
            + "\r\n"
            + "DeepGEMM-Targets: "
            + String.join(" ", targets)
            + "\r\n"
            + "DeepGEMM-Assemblers: "
            + String.join(", ", assemblers)
            + "\r\n\r\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static void entry(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(NO_TIME);
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }
}
