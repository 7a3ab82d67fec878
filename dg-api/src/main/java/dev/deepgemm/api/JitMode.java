package dev.deepgemm.api;

/** What happens when a kernel is wanted that nobody has compiled yet ({@link Options#JIT_MODE}). */
public enum JitMode {
  /** It is compiled. */
  AUTO,
  /** It is compiled, and the log says for which shape, under which key, and on whose behalf. */
  WARN,
  /** It is an error that names the key and the command which compiles it beforehand. */
  NEVER
}
