/** The kernel DSL: typed PTX instructions, shared-memory layout, pipelines and the printer. */
module dev.deepgemm.ptx {
  requires transitive dev.deepgemm.api;
  requires static org.jspecify;

  exports dev.deepgemm.ptx;
  exports dev.deepgemm.ptx.ampere;
  exports dev.deepgemm.ptx.smem;
  exports dev.deepgemm.ptx.sync;
  exports dev.deepgemm.ptx.tma;
  exports dev.deepgemm.ptx.wgmma;
}
