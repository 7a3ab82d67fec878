/** The architecture plugin for SM100. */
module dev.deepgemm.sm100 {
  requires transitive dev.deepgemm.api;
  requires static org.jspecify;

  exports dev.deepgemm.sm100;

  provides dev.deepgemm.spi.ArchSpec with
      dev.deepgemm.sm100.Sm100Spec;
}
