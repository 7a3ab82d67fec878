package dev.deepgemm.workloads;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TokenTraceTest {
  private static final int PASSES = 2000;

  @ParameterizedTest
  @EnumSource(TokenTrace.class)
  void counts_sameSeed_areTheSame(TokenTrace trace) {
    assertArrayEquals(trace.counts(7, PASSES, 8192), trace.counts(7, PASSES, 8192));
    assertFalse(Arrays.equals(trace.counts(7, PASSES, 8192), trace.counts(8, PASSES, 8192)));
  }

  @ParameterizedTest
  @EnumSource(TokenTrace.class)
  void counts_ofAnyLimit_stayWithinIt(TokenTrace trace) {
    for (int most : new int[] {1, 2, 15, 300, 8192, 16384}) {
      for (int m : trace.counts(1, PASSES, most)) {
        assertTrue(1 <= m && m <= most, () -> m + " of at most " + most);
      }
    }
  }

  /** A trace that repeats itself would show no compiles after its first pass. */
  @ParameterizedTest
  @EnumSource(TokenTrace.class)
  void counts_keepChanging(TokenTrace trace) {
    long distinct = Arrays.stream(trace.counts(1, PASSES, 8192)).distinct().count();
    assertTrue(distinct > 100, () -> distinct + " different counts in " + PASSES);
  }

  @Test
  void prefill_coversOrdersOfMagnitude() {
    int[] counts = TokenTrace.PREFILL.counts(1, PASSES, 8192);
    assertTrue(Arrays.stream(counts).min().orElseThrow() < 32);
    assertTrue(Arrays.stream(counts).max().orElseThrow() > 7000);
    long small = Arrays.stream(counts).filter(m -> m < 362).count();
    assertEquals(PASSES / 2.0, small, PASSES * 0.05, "half of them below the middle of the scale");
  }

  @Test
  void decode_wanders() {
    int[] counts = TokenTrace.DECODE.counts(1, PASSES, 8192);
    assertEquals(1, counts[0]);
    assertTrue(Arrays.stream(counts).max().orElseThrow() <= 512);
    for (int i = 1; i < counts.length; i++) {
      assertTrue(Math.abs(counts[i] - counts[i - 1]) <= 32, "steps are bursts of arrivals at most");
    }
  }

  @Test
  void mixed_hasBatchesAndChunks() {
    int[] counts = TokenTrace.MIXED.counts(1, PASSES, 8192);
    long large = Arrays.stream(counts).filter(m -> m > 512).count();
    assertTrue(large > PASSES / 50 && large < PASSES / 4, () -> large + " with a long chunk");
  }
}
