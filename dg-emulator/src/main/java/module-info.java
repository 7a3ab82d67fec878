/** Runs PTX text on the CPU. */
module dev.deepgemm.emulator {
  requires transitive dev.deepgemm.api;
  requires static org.jspecify;

  exports dev.deepgemm.emulator;
}
