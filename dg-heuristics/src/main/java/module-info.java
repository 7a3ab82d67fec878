/** Turns a problem into a configuration. */
module dev.deepgemm.heuristics {
  requires transitive dev.deepgemm.api;
  requires static org.jspecify;

  exports dev.deepgemm.heuristics;
}
