package dev.deepgemm.api;

/** By which rules a problem gets its configuration ({@link Options#HEURISTICS}). */
public enum Heuristics {
  /** DeepGEMM's, bit for bit. */
  CLASSIC,
  /**
   * A cost model that was fitted to measurements, over a short list of kernels; where the architecture
   * has none for a problem, as {@link #CLASSIC}.
   */
  TUNED
}
