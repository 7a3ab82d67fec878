package dev.deepgemm.api.config;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.IntMath;

/**
 * The answer of a configuration selector: which kernel, and how to launch it.
 *
 * @param desc the problem that was configured, with the SM limit resolved
 * @param kernel what is compiled in
 * @param numSms CTAs to launch, whole clusters; a launch argument, this is what {@code
 *     DG_MINIMIZE_NUM_SMS} changes
 * @param numLastStages k-blocks modulo the pipeline depth; a launch-time fact
 * @param smem shared memory by part, for this k
 */
public record GemmConfig(
    GemmDesc desc, KernelSpec kernel, int numSms, int numLastStages, SmemUsage smem) {

  /** Dynamic shared memory of the launch in bytes. It depends on k on SM90, the kernel does not. */
  public int smemBytes() {
    return smem.total(kernel.stages());
  }

  /** Tiles of the whole problem. */
  public int blocks() {
    Tile tile = kernel.tile();
    int rows = IntMath.cdiv(desc.m(), tile.m());
    int columns = IntMath.cdiv(desc.n(), tile.n());
    return Math.multiplyExact(Math.multiplyExact(rows, columns), desc.shape().tiledGroups());
  }

  /** Rounds of tiles that the launch takes. */
  public int waves() {
    return IntMath.cdiv(blocks(), numSms / kernel.splitK());
  }
}
