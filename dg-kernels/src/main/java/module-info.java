/** The parts that tensor-core kernels are composed of. */
module dev.deepgemm.kernels {
  requires transitive dev.deepgemm.api;
  requires transitive dev.deepgemm.ptx;
  requires static org.jspecify;

  exports dev.deepgemm.kernels;
  exports dev.deepgemm.kernels.epilogue;
  exports dev.deepgemm.kernels.feed;
  exports dev.deepgemm.kernels.launch;
  exports dev.deepgemm.kernels.math;
  exports dev.deepgemm.kernels.scale;
  exports dev.deepgemm.kernels.warpgroup;
  exports dev.deepgemm.kernels.work;
}
