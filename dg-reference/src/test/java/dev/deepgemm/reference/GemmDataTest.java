package dev.deepgemm.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.launch.OperandRole;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GemmDataTest {
  @Test
  void random_sameSeedSameBytes() {
    GemmDesc desc = GemmDesc.fp8(100, 200, 300);
    GemmData one = GemmData.random(desc, 1);
    GemmData again = GemmData.random(desc, 1);
    GemmData other = GemmData.random(desc, 2);
    assertTrue(one.a().sameElements(again.a()));
    assertTrue(one.scalesA().sameElements(again.scalesA()));
    assertFalse(one.a().sameElements(other.a()));
    assertFalse(one.b().sameElements(other.b()));
  }

  @Test
  void random_fp8FillsItsRangeAndScalesDiffer() {
    GemmData data = GemmData.random(GemmDesc.fp8(64, 256, 1024), 1);
    double sum = 0;
    float largest = 0;
    double[] row = new double[1024];
    for (int i = 0; i < 64; i++) {
      data.a().decodeRow(i, row);
      for (double value : row) {
        sum += value;
        largest = Math.max(largest, (float) Math.abs(value));
      }
    }
    assertTrue(largest > 400 && largest <= 448, "largest " + largest);
    assertTrue(Math.abs(sum / (64 * 1024)) < 5, "mean " + sum / (64 * 1024));
    float low = Float.MAX_VALUE;
    float high = 0;
    for (int i = 0; i < 64; i++) {
      low = Math.min(low, data.scalesA().get(3, i));
      high = Math.max(high, data.scalesA().get(3, i));
    }
    assertTrue(high / low > 10, low + " to " + high);
  }

  @Test
  void random_layoutsFitTheOperands() {
    GemmData data = GemmData.random(GemmDesc.fp8(65, 129, 257), 1);
    assertEquals(3, data.scalesA().rows());
    assertEquals(65, data.scalesA().cols());
    assertEquals(68, data.scalesA().stride());
    assertEquals(2, data.scalesB().rows());
    assertEquals(3, data.scalesB().cols());
  }

  @Test
  void random_layoutsOfOtherProductsFitTheOperands() {
    Signature tn = Signature.BF16.withMajors(Major.MN, Major.MN).withAccumulate(true);
    GemmData data = GemmData.random(GemmDesc.of(tn, new Shape.Dense(65, 129, 257)), 1);
    assertEquals("BF16[257, 65]", data.a().toString());
    assertEquals("BF16[257, 129]", data.b().toString());
    assertEquals("BF16[65, 129]", data.c().toString());
    assertEquals(List.of(65, 129, 257), List.of(data.m(), data.n(), data.k()));
    assertEquals(data.a().get(200, 3), data.rowsOfA().get(3, 200));
    assertEquals(data.b().get(200, 3), data.rowsOfB().get(3, 200));
    Signature perRow = Signature.FP8.withScaling(ScaleScheme.FP32_1D1D);
    GemmData scaled = GemmData.random(GemmDesc.of(perRow, new Shape.Dense(65, 129, 257)), 1);
    assertEquals("FP32[3, 65]", scaled.scalesA().toString());
    assertEquals("FP32[3, 129]", scaled.scalesB().toString());
    assertEquals(
        Set.of(OperandRole.A, OperandRole.B, OperandRole.SCALES_A, OperandRole.SCALES_B),
        scaled.operands().keySet());
  }

  /** Seeds a multiple of the generator's increment apart once made columns of A columns of B, shifted by four. */
  @Test
  void random_columnsOfAAreNoColumnsOfB() {
    Signature tn = Signature.BF16.withMajors(Major.MN, Major.MN);
    int size = 64;
    int k = 256;
    GemmData data = GemmData.random(GemmDesc.of(tn, new Shape.Dense(size, size, k)), 1);
    for (int row = 0; row < size; row++) {
      for (int column = 0; column < size; column++) {
        double product = 0;
        for (int i = 0; i < k; i++) {
          product += data.a().get(i, row) * data.b().get(i, column);
        }
        // Of k squares the sum would be k; six standard deviations of a random one are
        // less than half of it.
        assertTrue(Math.abs(product) < 6 * Math.sqrt(k), row + ", " + column + ": " + product);
      }
    }
  }

  @Test
  void random_whatIsAddedToIsAsLargeAsTheProduct() {
    for (Signature signature :
        List.of(Signature.BF16, Signature.FP8.withScaling(ScaleScheme.FP32_1D1D))) {
      GemmDesc desc =
          GemmDesc.of(
              signature.withOutput(DataType.FP32).withAccumulate(true),
              new Shape.Dense(64, 64, 512));
      GemmData data = GemmData.random(desc, 1);
      double added = 0;
      double product = 0;
      GemmReference reference = GemmReference.full(data);
      for (int i = 0; i < 64; i++) {
        for (int j = 0; j < 64; j++) {
          double c = data.c().get(i, j);
          added += Math.abs(c);
          product += Math.abs(reference.get(i, j) - c);
        }
      }
      assertTrue(added > product / 10 && added < product * 10, added + " to " + product);
    }
  }

  @Test
  void random_paddingIsNaN() {
    Signature tn = Signature.BF16.withMajors(Major.MN, Major.K);
    GemmData data = GemmData.random(GemmDesc.of(tn, new Shape.Dense(5, 7, 3)), 1);
    for (HostMatrix matrix : List.of(data.a(), data.b())) {
      HostMatrix all = allOf(matrix);
      for (int row = 0; row < all.rows(); row++) {
        for (int col = 0; col < all.cols(); col++) {
          assertEquals(col >= matrix.cols(), Float.isNaN(all.get(row, col)), matrix.toString());
        }
      }
    }
  }

  /** The same bytes, padding counted. */
  private static HostMatrix allOf(HostMatrix matrix) {
    HostMatrix all =
        HostMatrix.strided(matrix.type(), matrix.rows(), matrix.stride(), matrix.stride());
    for (int i = 0; i < matrix.chunks().size(); i++) {
      byte[] from = matrix.chunks().get(i);
      System.arraycopy(from, 0, all.chunks().get(i), 0, from.length);
    }
    return all;
  }

  @Test
  void withPaddedN_keepsTheProduct() {
    for (Signature signature :
        List.of(
            Signature.BF16.withMajors(Major.K, Major.MN).withAccumulate(true),
            Signature.FP8,
            Signature.FP8.withScaling(ScaleScheme.FP32_1D1D).withAccumulate(true))) {
      GemmData data = GemmData.random(GemmDesc.of(signature, new Shape.Dense(9, 21, 130)), 1);
      GemmData padded = data.withPaddedN(8);
      assertEquals(List.of(9, 24, 130), List.of(padded.m(), padded.n(), padded.k()));
      GemmReference before = GemmReference.full(data);
      GemmReference after = GemmReference.full(padded);
      for (int i = 0; i < 9; i++) {
        for (int j = 0; j < 24; j++) {
          assertEquals(j < 21 ? before.get(i, j) : 0, after.get(i, j), signature.toString());
        }
      }
      assertSame(padded, padded.withPaddedN(8));
    }
  }

  @Test
  void operands_thatDoNotFit_areRefused() {
    GemmDesc desc =
        GemmDesc.of(
            Signature.FP8.withScaling(ScaleScheme.FP32_1D1D).withAccumulate(true),
            new Shape.Dense(9, 24, 130));
    Map<OperandRole, HostMatrix> good = GemmData.unset(desc);
    good.keySet()
        .forEach(
            role -> {
              Map<OperandRole, HostMatrix> missing = new EnumMap<>(good);
              missing.remove(role);
              assertRefused(desc.signature(), missing);
              Map<OperandRole, HostMatrix> longer = new EnumMap<>(good);
              HostMatrix matrix = good.get(role);
              longer.put(role, HostMatrix.padded(matrix.type(), 25, matrix.cols() + 1));
              assertRefused(desc.signature(), longer);
            });
    assertRefused(desc.signature().withAccumulate(false), good);
    assertRefused(desc.signature().withScaling(ScaleScheme.FP32_1D2D), good);
    assertRefused(desc.signature().withMajors(Major.MN, Major.K), good);
  }

  private static void assertRefused(Signature signature, Map<OperandRole, HostMatrix> operands) {
    assertThrows(IllegalArgumentException.class, () -> new GemmData(signature, operands));
  }

  @Test
  void before_holdsCAndPoisonAroundIt() {
    GemmDesc desc = GemmDesc.of(Signature.BF16.withAccumulate(true), new Shape.Dense(3, 5, 8));
    GemmData data = GemmData.random(desc, 1);
    HostMatrix guarded = GemmOutput.before(data);
    assertTrue(GemmOutput.unguarded(guarded).sameElements(data.c()));
    assertEquals(List.of(), GemmOutput.problems(guarded));
    guarded.set(4, 1, 1f);
    assertEquals(List.of("1 elements outside D were written"), GemmOutput.problems(guarded));
    GemmData plain = GemmData.random(desc.withSignature(Signature.BF16), 1);
    assertEquals(1, GemmOutput.problems(GemmOutput.before(plain)).size());
  }

  @Test
  void random_otherKindsAreRefused() {
    GemmDesc grouped =
        GemmDesc.of(Signature.BF16.withKind(GemmKind.BATCHED), new Shape.Batched(2, 8, 8, 8));
    assertThrows(IllegalArgumentException.class, () -> GemmData.random(grouped, 1));
  }

  @Test
  void poisoned_untouchedIsReported() {
    for (DataType type : List.of(DataType.BF16, DataType.FP32)) {
      HostMatrix guarded = GemmOutput.poisoned(type, 3, 5);
      assertEquals(1, GemmOutput.problems(guarded).size());
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 5; j++) {
          assertTrue(Float.isNaN(guarded.get(i, j)));
          guarded.set(i, j, i + j);
        }
      }
      assertEquals(List.of(), GemmOutput.problems(guarded));
      assertEquals(3, GemmOutput.unguarded(guarded).rows());
      guarded.set(3, 0, 1f);
      assertEquals(List.of("1 elements outside D were written"), GemmOutput.problems(guarded));
    }
  }
}
