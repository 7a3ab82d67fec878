package dev.deepgemm.kernels.launch;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.IntMath;
import dev.deepgemm.api.ScaleScheme;
import java.util.function.ToIntFunction;

/**
 * A size of a problem, with the name that messages give it.
 *
 * @param name as in {@code cdiv(k, 128)}
 * @param of its value
 */
public record Extent(String name, ToIntFunction<GemmDesc> of) {
  /** Rows of A. */
  public static final Extent M = new Extent("m", GemmDesc::m);

  /** Columns of D. */
  public static final Extent N = new Extent("n", GemmDesc::n);

  /** Inner extent. */
  public static final Extent K = new Extent("k", GemmDesc::k);

  /** Blocks of scales along k. */
  public static final Extent K_BLOCKS =
      new Extent("cdiv(k, 128)", desc -> IntMath.cdiv(desc.k(), ScaleScheme.BLOCK));

  /** The value for a problem. */
  public int of(GemmDesc desc) {
    return of.applyAsInt(desc);
  }
}
