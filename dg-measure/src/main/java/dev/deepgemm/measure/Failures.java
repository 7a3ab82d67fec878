package dev.deepgemm.measure;

import dev.deepgemm.api.DeepGemmException;

/** Failures as results have them: one line. */
public final class Failures {
  private Failures() {}

  /** The first problem of an error of the library, else the exception itself. */
  public static String message(Throwable error) {
    return error instanceof DeepGemmException known
        ? known.problems().get(0).toString()
        : error.toString();
  }
}
