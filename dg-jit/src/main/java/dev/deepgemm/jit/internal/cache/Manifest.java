package dev.deepgemm.jit.internal.cache;

import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.internal.assemble.Assembler;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.ResourceUsage;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The small text file that makes a cubin in the cache valid: written last, names its key, its size and
 * its SHA-256, and carries what a reader would otherwise have to assemble again to know. Its last line
 * is the SHA-256 of the lines before it, so that no flipped bit in it goes unseen.
 */
public record Manifest(
    String key,
    long size,
    String sha256,
    Optional<ResourceUsage> usage,
    Map<String, String> notes) {
  /** The first line, with which nothing else begins. */
  static final String HEADER = "deepgemm-cubin 1\n";

  private static final String CHECK = "check=";
  private static final String LOSSES = "losses";
  private static final String SEPARATOR = "; ";

  public static Manifest of(CacheKey key, Cubin cubin, PtxModule module, Assembler assembler) {
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put("entry", module.entry());
    notes.put("target", module.target());
    notes.put("assembler", assembler.id() + " " + assembler.version());
    notes.put("options", String.join(" ", assembler.options(module.target())));
    noteLosses(notes, cubin);
    return new Manifest(
        key.hex(), cubin.size(), CacheKey.sha256(cubin.bytes()), cubin.usage(), notes);
  }

  /** Keeps what the assembler called losses, if it did. */
  public static void noteLosses(Map<String, String> notes, Cubin cubin) {
    if (!cubin.losses().isEmpty()) {
      notes.put(LOSSES, String.join(SEPARATOR, cubin.losses()));
    }
  }

  /** The cubin of these bytes, with what is known of it. */
  Cubin cubin(byte[] bytes) {
    String losses = notes.get(LOSSES);
    return new Cubin(
        bytes, usage, losses == null ? List.of() : List.of(losses.split(SEPARATOR)), "");
  }

  public byte[] toBytes() {
    StringBuilder text = new StringBuilder(HEADER);
    line(text, "key", key);
    line(text, "size", Long.toString(size));
    line(text, "sha256", sha256);
    usage.ifPresent(
        u -> {
          line(text, "registers", Integer.toString(u.registers()));
          line(text, "spillStores", Integer.toString(u.spillStores()));
          line(text, "spillLoads", Integer.toString(u.spillLoads()));
          line(text, "stack", Integer.toString(u.stack()));
          line(text, "staticSmem", Integer.toString(u.staticSmem()));
        });
    notes.forEach((name, value) -> line(text, name, value));
    String check = CacheKey.sha256(text.toString().getBytes(StandardCharsets.UTF_8));
    return text.append(CHECK)
        .append(check)
        .append('\n')
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  private static void line(StringBuilder text, String name, String value) {
    // A line break in a value would forge a line.
    text.append(name).append('=').append(value.replaceAll("\\R", " ")).append('\n');
  }

  /** The manifest in a file's bytes; empty for anything that {@link #toBytes} did not write. */
  public static Optional<Manifest> parse(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    int check = text.lastIndexOf(CHECK);
    if (!text.startsWith(HEADER)
        || check < 0
        || !text.substring(check)
            .equals(
                CHECK
                    + CacheKey.sha256(text.substring(0, check).getBytes(StandardCharsets.UTF_8))
                    + "\n")) {
      return Optional.empty();
    }
    Map<String, String> fields = new LinkedHashMap<>();
    for (String line : List.of(text.substring(HEADER.length(), check).split("\n"))) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        fields.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    String key = fields.remove("key");
    String sha256 = fields.remove("sha256");
    String size = fields.remove("size");
    if (key == null || sha256 == null || size == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Manifest(key, Long.parseLong(size), sha256, usage(fields), fields));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<ResourceUsage> usage(Map<String, String> fields) {
    String registers = fields.remove("registers");
    if (registers == null) {
      return Optional.empty();
    }
    return Optional.of(
        new ResourceUsage(
            Integer.parseInt(registers),
            number(fields, "spillStores"),
            number(fields, "spillLoads"),
            number(fields, "stack"),
            number(fields, "staticSmem")));
  }

  private static int number(Map<String, String> fields, String name) {
    return Integer.parseInt(String.valueOf(fields.remove(name)));
  }
}
