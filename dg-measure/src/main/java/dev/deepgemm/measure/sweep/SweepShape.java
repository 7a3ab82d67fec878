package dev.deepgemm.measure.sweep;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.IntMath;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.spi.ArchSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * A problem that every configuration of a sweep is run on, as far as it is legal there.
 *
 * <p>Few shapes are enough if each is awkward, and few are wanted, since each costs a reference. None
 * of m, n, k is a multiple of any tile. There are far more tiles than SMs, so that CTAs go on to a
 * second and third tile. Between the first and the second shape of a pair almost every tile changes
 * from an even to an odd number of blocks along m and along n, which is what multicast stumbles over.
 * And k is less than two stages in one, more than the deepest pipeline in the other.
 *
 * @param desc the problem, with its SM limit
 * @param smallestBlockM tiles with fewer rows are left to a shape with fewer rows
 * @param largestBlockM tiles with more rows are, too
 * @param minimize whether the number of SMs is minimised
 */
public record SweepShape(GemmDesc desc, int smallestBlockM, int largestBlockM, boolean minimize) {
  private static final int ANY = 1 << 16;

  /** Shapes for a device that is fast, or one that is not. */
  public static List<SweepShape> of(ArchSpec arch, Signature signature, boolean fast) {
    int blockK = arch.blockK(signature);
    int odd = blockK / 4 + 8;
    int shortK = blockK + odd;
    int longK = fast ? 34 * blockK + odd : 5 * blockK + odd;
    int unit = 16 / signature.dType().bytes();
    int narrow = IntMath.align(408, unit);
    int wide = IntMath.align(fast ? 552 : 264, unit);
    int tall = fast ? 700 : 300;
    List<SweepShape> shapes = new ArrayList<>();
    shapes.add(new SweepShape(limited(desc(signature, 360, narrow, shortK), 4), 33, ANY, true));
    shapes.add(new SweepShape(limited(desc(signature, tall, wide, longK), 6), 33, ANY, false));
    shapes.add(new SweepShape(limited(desc(signature, 13, narrow, longK), 4), 1, 16, true));
    shapes.add(new SweepShape(limited(desc(signature, 16, wide, shortK), 6), 1, 16, false));
    shapes.add(new SweepShape(limited(desc(signature, 29, wide, longK), 4), 17, 32, true));
    shapes.add(new SweepShape(limited(desc(signature, 31, narrow, shortK), 6), 17, 32, false));
    return shapes;
  }

  private static GemmDesc limited(GemmDesc desc, int sms) {
    return desc.withSmLimit(sms);
  }

  private static GemmDesc desc(Signature signature, int m, int n, int k) {
    return GemmDesc.of(signature, new Shape.Dense(m, n, k));
  }

  /** Whether tiles of so many rows are run on it. */
  boolean takes(int blockM) {
    return blockM >= smallestBlockM && blockM <= largestBlockM;
  }

  @Override
  public String toString() {
    return desc.m() + " x " + desc.n() + " x " + desc.k() + ", at most " + desc.smLimit() + " SMs";
  }
}
