package dev.deepgemm.ptx.ampere;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.IsaFeature;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U64;

/**
 * Copies from global to shared memory that run behind the threads that issue them.
 *
 * <p>A thread's copies are collected in batches (PTX: commit groups); waiting for a batch makes them visible to that
 * thread, and a barrier after it to the others.
 */
public final class CpAsync {
  /** Bytes of one copy; both addresses are multiples of it. */
  public static final int BYTES = 16;

  private CpAsync() {}

  /**
   * Copies 16 bytes, past the L1 cache.
   *
   * @param bytes how many of them are read, 0 to 16; the rest is filled with zeros. With 0 the
   *     source is not touched and may be anywhere
   */
  public static void copy16(Code code, SmemAddress destination, U64 source, U32 bytes) {
    code.raw(
        IsaFeature.CP_ASYNC,
        "cp.async.cg.shared.global ["
            + destination
            + "], ["
            + source
            + "], "
            + BYTES
            + ", "
            + bytes);
  }

  /** Closes the thread's current batch, which may be empty. */
  public static void commit(Code code) {
    code.raw(IsaFeature.CP_ASYNC, "cp.async.commit_group");
  }

  /** Waits until at most that many of the thread's latest batches are under way. */
  public static void await(Code code, int pending) {
    if (pending < 0) {
      throw new IllegalArgumentException("batches that may be under way: " + pending);
    }
    code.raw(IsaFeature.CP_ASYNC, "cp.async.wait_group " + pending);
  }
}
