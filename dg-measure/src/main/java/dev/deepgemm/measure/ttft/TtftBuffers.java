package dev.deepgemm.measure.ttft;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.IntMath;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.workloads.Projection;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;

/**
 * One set of operands that every product of a replay fits into.
 *
 * @param all what was allocated
 * @param a address of A
 * @param b address of B
 * @param d address of D
 * @param scalesA address of the scales of A
 * @param scalesB address of the scales of B
 * @param <T> a piece of memory
 */
record TtftBuffers<T>(List<T> all, long a, long b, long d, long scalesA, long scalesB) {
  TtftBuffers {
    all = List.copyOf(all);
  }

  /**
   * Allocates what the largest operands of some products need.
   *
   * @param mostTokens the largest m
   * @param allocate bytes to memory
   * @param address where memory is
   */
  static <T> TtftBuffers<T> of(
      List<Projection> products,
      int mostTokens,
      LongFunction<T> allocate,
      ToLongFunction<T> address) {
    // The scales of A have rows of whole 16 bytes.
    long rows = IntMath.align(mostTokens, 4);
    long[] bytes = new long[5];
    for (Projection p : products) {
      long blocks = IntMath.cdiv(p.k(), ScaleScheme.BLOCK);
      long columnBlocks = IntMath.cdiv(p.n(), ScaleScheme.BLOCK);
      long[] needed = {
        rows * p.k() * p.type().bytes(),
        (long) p.n() * p.k() * p.type().bytes(),
        rows * p.n() * DataType.BF16.bytes(),
        rows * blocks * Float.BYTES,
        columnBlocks * blocks * Float.BYTES
      };
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = Math.max(bytes[i], needed[i]);
      }
    }
    List<T> all = new ArrayList<>();
    for (long size : bytes) {
      all.add(allocate.apply(size));
    }
    long[] at = all.stream().mapToLong(address).toArray();
    return new TtftBuffers<>(all, at[0], at[1], at[2], at[3], at[4]);
  }

  /** The operands of a product: everything contiguous, from the start of the buffers. */
  GemmOperands operands(Projection p, int m) {
    DeviceMatrix left = new DeviceMatrix(a, p.k());
    DeviceMatrix right = new DeviceMatrix(b, p.k());
    DeviceMatrix out = new DeviceMatrix(d, p.n());
    return p.type() == DataType.FP8_E4M3
        ? GemmOperands.of(
            left,
            right,
            out,
            new DeviceMatrix(scalesA, IntMath.align(m, 4)),
            new DeviceMatrix(scalesB, IntMath.cdiv(p.k(), ScaleScheme.BLOCK)))
        : GemmOperands.unscaled(left, right, out);
  }
}
