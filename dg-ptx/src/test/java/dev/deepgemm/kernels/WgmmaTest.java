package dev.deepgemm.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.launch.TensorMap.Swizzle;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.smem.SmemDescriptor;
import dev.deepgemm.ptx.wgmma.Accumulator;
import dev.deepgemm.ptx.wgmma.Wgmma;
import dev.deepgemm.ptx.wgmma.WgmmaAtom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WgmmaTest {
  private static SmemDescriptor kMajor(Code code, DataType type) {
    return SmemDescriptor.kMajor(code, code.dynamicSmem(), type, Swizzle.B128);
  }

  private static SmemDescriptor mnMajor(Code code) {
    return SmemDescriptor.mnMajor(code, code.dynamicSmem(), DataType.BF16, Swizzle.B128, 64);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 12, 264, -8})
  void atom_withAnIllegalN_cannotBeMade(int n) {
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> WgmmaAtom.kMajor(DataType.BF16, n));
    assertTrue(error.getMessage().contains(String.valueOf(n)));
    assertTrue(error.getMessage().contains("multiples of 8"));
  }

  @Test
  void atom_ofFloats_cannotBeMade() {
    assertThrows(IllegalArgumentException.class, () -> WgmmaAtom.kMajor(DataType.FP32, 64));
  }

  @ParameterizedTest
  @CsvSource({"FP8_E4M3, BF16", "BF16, FP8_E4M3", "BF16, FP32"})
  void atom_ofTypesThatDoNotGoTogether_cannotBeMade(DataType a, DataType b) {
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class, () -> new WgmmaAtom(a, b, Major.K, Major.K, 64));
    assertTrue(error.getMessage().contains(b.name()), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"MN, K, A", "K, MN, B"})
  void atom_ofFp8MnMajor_cannotBeMade(Major a, Major b, String operand) {
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> new WgmmaAtom(DataType.FP8_E4M3, DataType.FP8_E4M3, a, b, 64));
    assertTrue(error.getMessage().contains(operand + " FP8_E4M3 MN-major"), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"BF16, 16", "FP8_E4M3, 32"})
  void atom_ofEachType_consumes32BytesOfK(DataType type, int k) {
    assertEquals(k, WgmmaAtom.kMajor(type, 64).k());
    assertEquals(32, WgmmaAtom.kMajor(type, 64).registers());
  }

  @Test
  void batch_isFencedAndCommitted() {
    List<String> lines =
        Emit.sm90(
            code -> {
              Wgmma wgmma = new Wgmma(code);
              Accumulator sum = wgmma.accumulator(WgmmaAtom.kMajor(DataType.BF16, 8));
              SmemDescriptor operand = kMajor(code, DataType.BF16);
              Pred add = code.newPred();
              wgmma.batch(batch -> batch.mma(sum, operand, operand, add));
              wgmma.await(0);
            });
    int fence = lines.indexOf("wgmma.fence.sync.aligned;");
    int mma =
        lines.indexOf(
            "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f0, %f1, %f2, %f3}, %rd0, %rd1,"
                + " %p0, 1, 1, 0, 0;");
    assertTrue(fence > 0 && mma > fence);
    assertEquals("wgmma.commit_group.sync.aligned;", lines.get(mma + 1));
    assertEquals("wgmma.wait_group.sync.aligned 0;", lines.get(mma + 2));
  }

  @ParameterizedTest
  @CsvSource({"K, K, '0, 0'", "MN, K, '1, 0'", "K, MN, '0, 1'", "MN, MN, '1, 1'"})
  void majors_areTheInstructionsTransposeBits(Major a, Major b, String bits) {
    List<String> lines =
        Emit.sm90(
            code -> {
              Wgmma wgmma = new Wgmma(code);
              Accumulator sum =
                  wgmma.accumulator(new WgmmaAtom(DataType.BF16, DataType.BF16, a, b, 16));
              SmemDescriptor k = kMajor(code, DataType.BF16);
              SmemDescriptor mn = mnMajor(code);
              wgmma.batch(
                  batch ->
                      batch.mma(
                          sum, a == Major.K ? k : mn, b == Major.K ? k : mn, code.constant(true)));
            });
    assertTrue(lines.stream().anyMatch(line -> line.endsWith("%p0, 1, 1, " + bits + ";")));
  }

  @Test
  void operands_ofAnotherMajorOrType_areRefused() {
    Emit.sm90(
        code -> {
          Wgmma wgmma = new Wgmma(code);
          Accumulator sum = wgmma.accumulator(WgmmaAtom.kMajor(DataType.BF16, 16));
          SmemDescriptor bf16 = kMajor(code, DataType.BF16);
          SmemDescriptor fp8 = kMajor(code, DataType.FP8_E4M3);
          SmemDescriptor mn = mnMajor(code);
          Pred add = code.newPred();
          wgmma.batch(
              batch -> {
                assertThrows(IllegalArgumentException.class, () -> batch.mma(sum, mn, bf16, add));
                assertThrows(IllegalArgumentException.class, () -> batch.mma(sum, bf16, fp8, add));
                batch.mma(sum, bf16, bf16, add);
              });
          wgmma.await(0);
        });
  }

  @Test
  void accumulator_inFlight_cannotBeRead() {
    Emit.sm90(
        code -> {
          Wgmma wgmma = new Wgmma(code);
          WgmmaAtom atom = WgmmaAtom.kMajor(DataType.FP8_E4M3, 16);
          Accumulator first = wgmma.accumulator(atom);
          Accumulator second = wgmma.accumulator(atom);
          SmemDescriptor operand = kMajor(code, DataType.FP8_E4M3);
          Pred add = code.newPred();
          wgmma.batch(batch -> batch.mma(first, operand, operand, add));
          wgmma.batch(batch -> batch.mma(second, operand, operand, add));
          assertThrows(IllegalStateException.class, () -> first.get(0));

          wgmma.await(1);
          first.get(0);
          assertThrows(IllegalStateException.class, () -> second.get(0));

          wgmma.await(0);
          second.get(0);
        });
  }

  @Test
  void accumulator_reusedByALaterBatch_staysInFlight() {
    Emit.sm90(
        code -> {
          Wgmma wgmma = new Wgmma(code);
          Accumulator sum = wgmma.accumulator(WgmmaAtom.kMajor(DataType.BF16, 16));
          SmemDescriptor operand = kMajor(code, DataType.BF16);
          Pred add = code.newPred();
          wgmma.batch(batch -> batch.mma(sum, operand, operand, add));
          wgmma.batch(batch -> batch.mma(sum, operand, operand, add));
          wgmma.await(1);
          assertThrows(IllegalStateException.class, () -> sum.get(0));
        });
  }

  @Test
  void accumulator_thatOneBranchLeavesInFlight_isInFlightBehindBoth() {
    Emit.sm90(
        code -> {
          Wgmma wgmma = new Wgmma(code);
          Accumulator sum = wgmma.accumulator(WgmmaAtom.kMajor(DataType.BF16, 16));
          SmemDescriptor operand = kMajor(code, DataType.BF16);
          Pred add = code.newPred();
          code.choose(
              add,
              () -> wgmma.batch(batch -> batch.mma(sum, operand, operand, add)),
              () -> sum.get(0));
          assertThrows(IllegalStateException.class, () -> sum.get(0));
          wgmma.await(0);
          sum.get(0);
          code.loop(
              code.u32(0),
              code.u32(4),
              code.u32(1),
              i -> {
                wgmma.batch(batch -> batch.mma(sum, operand, operand, add));
                wgmma.await(1);
              });
          assertThrows(IllegalStateException.class, sum::zero);
        });
  }

  @Test
  void batch_withoutInstructions_isRefused() {
    Emit.sm90(
        code ->
            assertThrows(IllegalStateException.class, () -> new Wgmma(code).batch(batch -> {})));
  }
}
