package dev.deepgemm.heuristics;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;
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
    ScaleScheme scaling = oneOf(ScaleScheme.values());
    boolean fp8 = scaling != ScaleScheme.NONE;
    boolean anyMajor = !fp8 || fp8AnyMajor;
    GemmKind kind = oneOf(GemmKind.values());
    return new GemmDesc(
        kind,
        scaling,
        extent(16_384),
        extent(32_768),
        extent(200_000),
        kind == GemmKind.NORMAL ? 1 : extent(300),
        anyMajor ? oneOf(Major.values()) : Major.K,
        anyMajor ? oneOf(Major.values()) : Major.K,
        fp8 ? DataType.FP8_E4M3 : DataType.BF16,
        oneOf(DataType.BF16, DataType.FP32),
        random.nextBoolean(),
        random.nextInt(4) == 0 ? GemmDesc.ALL_SMS : random.nextInt(1, 161));
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
