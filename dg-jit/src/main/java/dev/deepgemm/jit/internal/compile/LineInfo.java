package dev.deepgemm.jit.internal.compile;

import dev.deepgemm.api.launch.PtxModule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells the assembler which line of Java each instruction comes from, with {@code .file} and {@code .loc}:
 * a profiler then shows the emitter's source beside the machine code. The text is another one, and so is
 * its key: kernels with line information never stand in for those without.
 */
public final class LineInfo {
  private static final Pattern ORIGIN = Pattern.compile(".*\\(([^:()]+):(\\d+)\\)");

  private LineInfo() {}

  /** The module with the positions of its instructions; itself if it knows none. */
  public static PtxModule annotate(PtxModule module) {
    List<String> lines = module.text().lines().toList();
    Map<String, Integer> files = new LinkedHashMap<>();
    List<String> text = new ArrayList<>();
    List<String> origins = new ArrayList<>();
    String last = "";
    for (int i = 0; i < lines.size(); i++) {
      String origin = module.origin(i + 1).orElse("");
      Optional<String> position =
          isInstruction(lines.get(i)) && !origin.equals(last)
              ? position(origin, files)
              : Optional.empty();
      if (position.isPresent()) {
        text.add(position.get());
        origins.add(origin);
        last = origin;
      }
      text.add(lines.get(i));
      origins.add(origin);
    }
    if (files.isEmpty()) {
      return module;
    }
    files.forEach(
        (name, number) -> {
          text.add(".file " + number + " \"" + name + "\"");
          origins.add("");
        });
    return module.toBuilder().text(String.join("\n", text) + "\n").origins(origins).build();
  }

  private static boolean isInstruction(String line) {
    String code = line.strip();
    return code.endsWith(";") && !code.startsWith("//") && !code.startsWith(".");
  }

  private static Optional<String> position(String origin, Map<String, Integer> files) {
    Matcher place = ORIGIN.matcher(origin);
    if (!place.matches()) {
      return Optional.empty();
    }
    Integer file = files.computeIfAbsent(place.group(1), name -> files.size() + 1);
    return Optional.of("\t.loc " + file + " " + place.group(2) + " 0");
  }
}
