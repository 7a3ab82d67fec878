package dev.deepgemm.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.TensorMap.Swizzle;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U64;
import dev.deepgemm.ptx.smem.SmemDescriptor;
import dev.deepgemm.ptx.smem.SmemLayout;
import dev.deepgemm.ptx.smem.SmemRegion;
import dev.deepgemm.ptx.sync.Pipeline;
import dev.deepgemm.ptx.sync.Sync;
import dev.deepgemm.ptx.wgmma.Accumulator;
import dev.deepgemm.ptx.wgmma.Wgmma;
import dev.deepgemm.ptx.wgmma.WgmmaAtom;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HopperTest {
  private static List<String> emit(Consumer<Code> body) {
    return new KernelBuilder("k", "sm_90a", 128, 1)
        .build(body)
        .text()
        .lines()
        .map(String::strip)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 12, 264, -8})
  void atom_withAnIllegalN_cannotBeMade(int n) {
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> new WgmmaAtom(DataType.BF16, n));
    assertTrue(error.getMessage().contains(String.valueOf(n)));
    assertTrue(error.getMessage().contains("multiples of 8"));
  }

  @Test
  void atom_ofFloats_cannotBeMade() {
    assertThrows(IllegalArgumentException.class, () -> new WgmmaAtom(DataType.FP32, 64));
  }

  @ParameterizedTest
  @CsvSource({"BF16, 16", "FP8_E4M3, 32"})
  void atom_ofEachType_consumes32BytesOfK(DataType type, int k) {
    assertEquals(k, new WgmmaAtom(type, 64).k());
    assertEquals(32, new WgmmaAtom(type, 64).registers());
  }

  @Test
  void batch_isFencedAndCommitted() {
    List<String> lines =
        emit(
            code -> {
              Wgmma wgmma = new Wgmma(code);
              Accumulator sum = wgmma.accumulator(new WgmmaAtom(DataType.BF16, 8));
              U64 descriptor = code.newU64();
              Pred add = code.newPred();
              wgmma.batch(batch -> batch.mma(sum, descriptor, descriptor, add));
              wgmma.await(0);
            });
    int fence = lines.indexOf("wgmma.fence.sync.aligned;");
    assertTrue(fence > 0);
    assertEquals(
        "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f0, %f1, %f2, %f3}, %rd0, %rd0, %p0,"
            + " 1, 1, 0, 0;",
        lines.get(fence + 1));
    assertEquals("wgmma.commit_group.sync.aligned;", lines.get(fence + 2));
    assertEquals("wgmma.wait_group.sync.aligned 0;", lines.get(fence + 3));
  }

  @Test
  void accumulator_inFlight_cannotBeRead() {
    emit(
        code -> {
          Wgmma wgmma = new Wgmma(code);
          WgmmaAtom atom = new WgmmaAtom(DataType.FP8_E4M3, 16);
          Accumulator first = wgmma.accumulator(atom);
          Accumulator second = wgmma.accumulator(atom);
          U64 descriptor = code.newU64();
          Pred add = code.newPred();
          wgmma.batch(batch -> batch.mma(first, descriptor, descriptor, add));
          wgmma.batch(batch -> batch.mma(second, descriptor, descriptor, add));
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
    emit(
        code -> {
          Wgmma wgmma = new Wgmma(code);
          Accumulator sum = wgmma.accumulator(new WgmmaAtom(DataType.BF16, 16));
          U64 descriptor = code.newU64();
          Pred add = code.newPred();
          wgmma.batch(batch -> batch.mma(sum, descriptor, descriptor, add));
          wgmma.batch(batch -> batch.mma(sum, descriptor, descriptor, add));
          wgmma.await(1);
          assertThrows(IllegalStateException.class, () -> sum.get(0));
        });
  }

  @Test
  void batch_withoutInstructions_isRefused() {
    emit(
        code ->
            assertThrows(IllegalStateException.class, () -> new Wgmma(code).batch(batch -> {})));
  }

  @Test
  void layout_withAMisalignedRegion_isRefusedWithNumbers() {
    SmemLayout layout = new SmemLayout();
    layout.region("small", 100, 1, 4);
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> layout.region("tile", 2048, 2, 1024));
    assertTrue(error.getMessage().contains("tile"));
    assertTrue(error.getMessage().contains("100"));
    assertTrue(error.getMessage().contains("1,024"));
  }

  @Test
  void layout_placesRegionsWithoutGaps() {
    SmemLayout layout = new SmemLayout();
    assertEquals(0, layout.region("a", 1024, 3, 1024).offset());
    assertEquals(3072, layout.region("b", 128, 2, 128).offset());
    assertEquals(3328, layout.bytes());
  }

  @ParameterizedTest
  @CsvSource({"4, 1, 4", "8, 2, 16"})
  void pipeline_expectsOneArrivalPerConsumerWarpAndCta(int warps, int cluster, int arrivals) {
    List<String> inits =
        emit(
                code -> {
                  SmemLayout layout = new SmemLayout();
                  SmemRegion full = layout.region("full", 8, 2, 8);
                  SmemRegion empty = layout.region("empty", 8, 2, 8);
                  new Pipeline(code, code.dynamicSmem(), full, empty, warps, cluster)
                      .init(code.u32(0), 1);
                })
            .stream()
            .filter(line -> line.startsWith("mbarrier.init"))
            .map(line -> line.replaceAll(".*, (\\d+);", "$1"))
            .toList();
    assertEquals(List.of("1", "" + arrivals), inits, "of each slot");
  }

  @Test
  void descriptor_ofASwizzledTile_hasModeAndStride() {
    // 128 bytes: mode 1 in the top two bits, 8 rows of 128 bytes = 64 units of 16.
    assertTrue(high(Swizzle.B128).contains("mov.u32 %r4, " + ((1 << 30) | 64) + ";"));
    assertTrue(high(Swizzle.B64).contains("mov.u32 %r4, " + ((2 << 30) | 32) + ";"));
    assertTrue(high(Swizzle.B32).contains("mov.u32 %r4, " + ((3 << 30) | 16) + ";"));
    assertThrows(IllegalArgumentException.class, () -> high(Swizzle.NONE));
  }

  private static List<String> high(Swizzle swizzle) {
    return emit(
        code -> {
          code.u32(0);
          SmemDescriptor.kMajor(code, code.dynamicSmem(), swizzle);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 20, 260})
  void registers_thatSetmaxnregDoesNotTake_areRefused(int registers) {
    emit(
        code ->
            assertThrows(
                IllegalArgumentException.class, () -> Sync.registersUpTo(code, registers)));
  }
}
