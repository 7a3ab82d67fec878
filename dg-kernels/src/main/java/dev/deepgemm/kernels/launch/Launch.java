package dev.deepgemm.kernels.launch;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.api.launch.GemmOperands;

/**
 * What host values of arguments are computed from.
 *
 * @param config the configured problem
 * @param operands its matrices, of which only addresses may change from launch to launch
 */
public record Launch(GemmConfig config, GemmOperands operands) {
  /** The problem, its SM limit resolved. */
  public GemmDesc desc() {
    return config.desc();
  }

  /** The kernel. */
  public KernelSpec kernel() {
    return config.kernel();
  }

  /** The CTA's tile. */
  public Tile tile() {
    return config.kernel().tile();
  }
}
