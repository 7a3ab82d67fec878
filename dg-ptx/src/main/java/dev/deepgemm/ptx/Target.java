package dev.deepgemm.ptx;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a kernel is assembled for.
 *
 * @param name such as {@code sm_90a}
 * @param architecture such as 90
 * @param specific whether features are allowed that no other architecture has ({@code a})
 */
record Target(String name, int architecture, boolean specific) {
  private static final Pattern FORM = Pattern.compile("sm_(\\d+)([af]?)");

  static Target of(String name) {
    Matcher form = FORM.matcher(name);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "target " + name + "; legal: sm_<number>, with a or f behind");
    }
    return new Target(name, Integer.parseInt(form.group(1)), form.group(2).equals("a"));
  }

  /** The first version of the PTX ISA, ten times, that knows it; 7.0 for what is older than sm_80. */
  int version() {
    if (architecture >= 120) {
      return 87;
    }
    if (architecture >= 100) {
      return 86;
    }
    if (architecture >= 90) {
      return specific ? 80 : 78;
    }
    return architecture > 86 ? 78 : 70;
  }
}
