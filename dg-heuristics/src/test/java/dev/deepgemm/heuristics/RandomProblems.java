package dev.deepgemm.heuristics;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import java.util.List;
import java.util.SplittableRandom;

/** Random problems that an architecture can be asked, from one seed. */
final class RandomProblems {
  private final SplittableRandom random;
  private final boolean fp8AnyMajor;

  RandomProblems(String arch, long seed) {
    random = new SplittableRandom(seed);
    fp8AnyMajor = arch.equals("sm100");
  }

  GemmDesc next() {
    ScaleScheme scaling = oneOf(ScaleScheme.FP32_1D1D, ScaleScheme.FP32_1D2D, ScaleScheme.NONE);
    boolean fp8 = scaling.isScaled();
    boolean anyMajor = !fp8 || fp8AnyMajor;
    GemmKind kind = oneOf(GemmKind.values());
    int m = extent(16_384);
    int n = extent(32_768);
    int k = extent(200_000);
    Shape shape = Shape.of(kind, kind == GemmKind.NORMAL ? 1 : extent(300), m, n, k);
    DataType ab = fp8 ? DataType.FP8_E4M3 : DataType.BF16;
    Signature signature =
        new Signature(
            kind,
            new Signature.Input(ab, anyMajor ? oneOf(Major.values()) : Major.K),
            new Signature.Input(ab, anyMajor ? oneOf(Major.values()) : Major.K),
            scaling,
            new Signature.Output(oneOf(DataType.BF16, DataType.FP32), random.nextBoolean()));
    int limit = random.nextInt(4) == 0 ? GemmDesc.ALL_SMS : random.nextInt(1, 161);
    return new GemmDesc(signature, shape, limit);
  }

  /** As likely small as large, and half of the time a multiple of 64. */
  private int extent(int max) {
    int value = (int) Math.exp(random.nextDouble() * Math.log(max));
    return random.nextBoolean() && value >= 64 ? value / 64 * 64 : value;
  }

  @SafeVarargs
  private <T> T oneOf(T... values) {
    return List.of(values).get(random.nextInt(values.length));
  }
}
