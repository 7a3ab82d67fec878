package dev.deepgemm.ptx;

import java.util.Locale;

/** Comparison of {@code setp}. */
public enum Cmp {
  /** Equal. */
  EQ,
  /** Not equal. */
  NE,
  /** Less. */
  LT,
  /** Less or equal. */
  LE,
  /** Greater. */
  GT,
  /** Greater or equal. */
  GE;

  String ptx() {
    return name().toLowerCase(Locale.ROOT);
  }
}
