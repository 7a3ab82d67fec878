package dev.deepgemm.emulator.internal.check;

import java.util.Locale;

/** Messages that read alike in every locale. */
public final class Text {
  private Text() {}

  public static String format(String format, Object... args) {
    return String.format(Locale.ROOT, format, args);
  }
}
