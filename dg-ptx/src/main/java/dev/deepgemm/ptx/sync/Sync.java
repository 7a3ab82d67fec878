package dev.deepgemm.ptx.sync;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.IsaFeature;
import dev.deepgemm.ptx.Pred;

/**
 * What has no object of its own: barriers of the warp, the CTA, the cluster and between grids, fences,
 * election and register reallocation.
 */
public final class Sync {
  private Sync() {}

  /** Waits for all threads of the CTA, at hardware barrier 0 ({@link NamedBarriers#cta}). */
  public static void cta(Code code) {
    code.raw("bar.sync 0");
  }

  /** Waits for all lanes of the warp; their memory operations before it come before those after it. */
  public static void warp(Code code) {
    code.raw("bar.warp.sync 0xffffffff");
  }

  /** Waits for all threads of the cluster; memory operations before it are visible after it. */
  public static void cluster(Code code) {
    arriveInCluster(code);
    awaitCluster(code);
  }

  /** The first half of {@link #cluster}. */
  public static void arriveInCluster(Code code) {
    code.raw(IsaFeature.CLUSTER, "barrier.cluster.arrive.release");
  }

  /** The second half of {@link #cluster}, in a thread for which the first was. */
  public static void awaitCluster(Code code) {
    code.raw(IsaFeature.CLUSTER, "barrier.cluster.wait.acquire");
  }

  /** Orders this thread's ordinary accesses to shared memory before later asynchronous ones. */
  public static void fenceProxyAsync(Code code) {
    code.raw(IsaFeature.PROXY_FENCE, "fence.proxy.async.shared::cta");
  }

  /**
   * {@link #fenceProxyAsync} in every lane, then {@link #warp}: behind it one lane can arrive for its warp at a
   * barrier that lets asynchronous copies overwrite what the lanes have read or written.
   */
  public static void warpFenceProxyAsync(Code code) {
    fenceProxyAsync(code);
    warp(code);
  }

  /**
   * Waits until the grids that this one depends on have completed and their writes are visible. A
   * no-op unless the launch allowed this grid to start before that (programmatic dependent launch).
   */
  public static void awaitPreviousGrid(Code code) {
    code.raw(IsaFeature.GRID_DEPENDENCY, "griddepcontrol.wait");
  }

  /** Allows the next grid to start as soon as there is room for it; it awaits this one itself. */
  public static void letNextGridStart(Code code) {
    code.raw(IsaFeature.GRID_DEPENDENCY, "griddepcontrol.launch_dependents");
  }

  /** True in exactly one lane of a converged warp. */
  public static Pred elect(Code code) {
    Pred elected = code.newPred();
    code.raw(IsaFeature.ELECT, "elect.sync _|" + elected + ", 0xffffffff");
    return elected;
  }

  /** Gives back registers: this warpgroup needs at most that many per thread. */
  public static void registersAtMost(Code code, int registers) {
    code.raw(
        IsaFeature.REGISTER_REALLOCATION, "setmaxnreg.dec.sync.aligned.u32 " + checked(registers));
  }

  /** Takes registers that others gave back, up to that many per thread. */
  public static void registersUpTo(Code code, int registers) {
    code.raw(
        IsaFeature.REGISTER_REALLOCATION, "setmaxnreg.inc.sync.aligned.u32 " + checked(registers));
  }

  private static int checked(int registers) {
    if (registers < 24 || registers > 256 || registers % 8 != 0) {
      throw new IllegalArgumentException(
          "setmaxnreg " + registers + "; legal: multiples of 8 from 24 to 256");
    }
    return registers;
  }
}
