/** Problems, configurations, launches, options and errors; the architecture SPI; what a CUDA driver is asked. */
module dev.deepgemm.api {
  requires static org.jspecify;

  exports dev.deepgemm.api;
  exports dev.deepgemm.api.config;
  exports dev.deepgemm.api.launch;
  exports dev.deepgemm.driver;
  exports dev.deepgemm.spi;

  uses dev.deepgemm.spi.ArchSpec;
}
