package dev.deepgemm.api;

import org.jspecify.annotations.Nullable;

/**
 * The device memory of one call.
 *
 * <p>Layouts for {@link GemmKind#NORMAL}, NT:
 *
 * <table>
 * <caption>Layouts</caption>
 * <tr><th>operand</th><th>shape</th><th>contiguous</th><th>stride counts</th></tr>
 * <tr><td>a</td><td>[m, k]</td><td>k</td><td>elements between rows, at least k</td></tr>
 * <tr><td>b</td><td>[n, k]</td><td>k</td><td>elements between rows, at least k</td></tr>
 * <tr><td>d</td><td>[m, n]</td><td>n</td><td>elements between rows, at least n</td></tr>
 * <tr><td>sfa</td><td>FP32 [cdiv(k, 128), m]</td><td>m ("MN-major")</td><td>floats between two
 * k-blocks, at least m</td></tr>
 * <tr><td>sfb</td><td>FP32 [cdiv(n, 128), cdiv(k, 128)]</td><td>k</td><td>floats between rows, at
 * least cdiv(k, 128)</td></tr>
 * </table>
 *
 * @param a left operand
 * @param b right operand
 * @param d output
 * @param sfa scales of A; null without scaling
 * @param sfb scales of B; null without scaling
 * @param constantB whether B and its scales are constant for as long as launches are in flight, as weights
 *     are: no work that is enqueued in front of this call and may still run writes them. The kernel may
 *     then read them before the launch in front of it has ended. Where that is not so, results are
 *     wrong, now and then; the default is no
 */
public record GemmOperands(
    DeviceMatrix a,
    DeviceMatrix b,
    DeviceMatrix d,
    @Nullable DeviceMatrix sfa,
    @Nullable DeviceMatrix sfb,
    boolean constantB) {

  /** Operands that any work in front of the call may write. */
  public GemmOperands(
      DeviceMatrix a,
      DeviceMatrix b,
      DeviceMatrix d,
      @Nullable DeviceMatrix sfa,
      @Nullable DeviceMatrix sfb) {
    this(a, b, d, sfa, sfb, false);
  }

  /** Operands of a GEMM without scales. */
  public static GemmOperands unscaled(DeviceMatrix a, DeviceMatrix b, DeviceMatrix d) {
    return new GemmOperands(a, b, d, null, null);
  }

  /** The same operands, B and its scales constant or not. */
  public GemmOperands withConstantB(boolean constant) {
    return new GemmOperands(a, b, d, sfa, sfb, constant);
  }
}
