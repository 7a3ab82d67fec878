package dev.deepgemm.jit.call;

import dev.deepgemm.api.Signature;

/**
 * Calls by name instead of by position, one builder for each kind of product.
 *
 * <pre>{@code
 * // A weight gradient: FP8 with a scale per row and 128 of k on both sides, added to FP32.
 * Signature wgrad =
 *     Signature.FP8
 *         .withScaling(ScaleScheme.FP32_1D1D)
 *         .withOutput(DataType.FP32)
 *         .withAccumulate(true);
 * GemmCall call =
 *     Gemms.dense(wgrad).size(m, n, k).a(x).scalesA(sfx).b(dy).scalesB(sfdy).d(gradient).build();
 * gemm.run(call, stream);
 *
 * // BF16, A stored [k, m], a view of B with rows of ldb elements.
 * Signature tt = Signature.BF16.withMajors(Major.MN, Major.K);
 * gemm.run(Gemms.dense(tt).size(m, n, k).a(a).b(b, ldb).d(d).build(), stream);
 * }</pre>
 */
public final class Gemms {
  private Gemms() {}

  /**
   * One pair of matrices.
   *
   * @param signature types, layouts, scales, and whether the product is added to what is there; begin with
   *     {@link Signature#FP8} or {@link Signature#BF16} and change what is different
   */
  public static DenseGemm dense(Signature signature) {
    return new DenseGemm(signature);
  }
}
