/** The architecture plugin for SM90. */
module dev.deepgemm.sm90 {
  requires transitive dev.deepgemm.api;
  requires dev.deepgemm.kernels;
  requires static org.jspecify;

  exports dev.deepgemm.sm90;

  provides dev.deepgemm.spi.ArchSpec with
      dev.deepgemm.sm90.Sm90Spec;
}
