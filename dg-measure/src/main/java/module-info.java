/** Runs, checks, times and tunes kernels on a GPU or the emulator. */
module dev.deepgemm.measure {
  requires transitive dev.deepgemm.api;
  requires transitive dev.deepgemm.heuristics;
  requires transitive dev.deepgemm.emulator;
  requires transitive dev.deepgemm.reference;
  requires transitive dev.deepgemm.workloads;
  requires transitive dev.deepgemm.jit;
  requires transitive com.fasterxml.jackson.databind;
  requires jdk.management;
  requires static org.jspecify;

  exports dev.deepgemm.measure;
  exports dev.deepgemm.measure.agree;
  exports dev.deepgemm.measure.bench;
  exports dev.deepgemm.measure.machine;
  exports dev.deepgemm.measure.sweep;
  exports dev.deepgemm.measure.ttft;
  exports dev.deepgemm.measure.tune;
  exports dev.deepgemm.measure.warmup;
}
