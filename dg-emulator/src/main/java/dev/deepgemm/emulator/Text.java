package dev.deepgemm.emulator;

import java.util.Locale;

/** Messages that read alike in every locale. */
final class Text {
  private Text() {}

  static String format(String format, Object... args) {
    return String.format(Locale.ROOT, format, args);
  }
}
