package dev.deepgemm.guard;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A module's text without comments and blank lines, so that headings can come and go.
 *
 * @param sha256 of what is left, in hexadecimal digits
 * @param instructions lines that are neither directives nor labels nor braces
 */
record PtxDigest(String sha256, int instructions) {
  static PtxDigest of(String text) {
    List<String> lines =
        text.lines()
            .map(line -> line.replaceFirst("//.*", "").stripTrailing())
            .filter(line -> !line.isEmpty())
            .toList();
    long instructions = lines.stream().map(String::strip).filter(PtxDigest::isInstruction).count();
    return new PtxDigest(sha256(String.join("\n", lines) + "\n"), Math.toIntExact(instructions));
  }

  private static boolean isInstruction(String line) {
    return line.endsWith(";") && !line.startsWith(".");
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
