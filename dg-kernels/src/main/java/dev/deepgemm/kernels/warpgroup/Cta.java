package dev.deepgemm.kernels.warpgroup;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.SmemAddress;

/**
 * The CTA for which a role is emitted.
 *
 * @param code where the role's instructions go
 * @param spec the kernel
 * @param smem where the parts of shared memory lie
 * @param base address of shared memory
 * @param barriers hardware barriers
 */
public record Cta(
    Code code, KernelSpec spec, KernelSmem smem, SmemAddress base, KernelBarriers barriers) {
  /** The CTA's tile. */
  public Tile tile() {
    return spec.tile();
  }
}
