/** Host matrices, number formats and double-precision references for checking a GEMM. */
module dev.deepgemm.reference {
  requires transitive dev.deepgemm.api;
  requires static org.jspecify;

  exports dev.deepgemm.reference;
}
