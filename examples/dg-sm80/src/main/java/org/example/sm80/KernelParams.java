package org.example.sm80;

import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.Param;

/** The kernel's parameters, in the order in which {@link Sm80Kernels#plan} passes them. */
record KernelParams(
    Param.Address a,
    Param.Address b,
    Param.Address d,
    Param.Int rowBytesA,
    Param.Int rowBytesB,
    Param.Int rowBytesD,
    Param.Int m,
    Param.Int n,
    Param.Int k,
    Param.Int nBlocks,
    Param.Int kBlocks,
    Param.Int tiles) {

  static KernelParams declare(KernelBuilder kernel) {
    return new KernelParams(
        kernel.address("a"),
        kernel.address("b"),
        kernel.address("d"),
        kernel.integer("row_bytes_a"),
        kernel.integer("row_bytes_b"),
        kernel.integer("row_bytes_d"),
        kernel.integer("m"),
        kernel.integer("n"),
        kernel.integer("k"),
        kernel.integer("n_blocks"),
        kernel.integer("k_blocks"),
        kernel.integer("tiles"));
  }
}
