package dev.deepgemm.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.ampere.CpAsync;
import dev.deepgemm.ptx.ampere.FragmentA;
import dev.deepgemm.ptx.ampere.FragmentB;
import dev.deepgemm.ptx.ampere.Global;
import dev.deepgemm.ptx.ampere.MatrixLoad;
import dev.deepgemm.ptx.ampere.MmaAtom;
import dev.deepgemm.ptx.ampere.SwizzledTile;
import dev.deepgemm.ptx.ampere.WarpMma;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AmpereTest {
  private static List<String> emit(Consumer<Code> body) {
    return Emit.lines("sm_80", body);
  }

  @ParameterizedTest
  @EnumSource(names = {"FP8_E4M3", "FP32"})
  void atom_ofATypeThatSm80CannotMultiply_cannotBeMade(DataType type) {
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> new MmaAtom(type));
    assertTrue(error.getMessage().contains(type.name()));
    assertTrue(error.getMessage().contains("BF16"));
  }

  @Test
  void mma_accumulatesInPlace() {
    List<String> lines =
        emit(
            code -> {
              WarpMma sum = new WarpMma(code, new MmaAtom(DataType.BF16));
              FragmentA a = MatrixLoad.a(code, code.dynamicSmem());
              List<FragmentB> b = MatrixLoad.b(code, code.dynamicSmem());
              sum.add(a, b.get(0));
              sum.add(a, b.get(1));
            });
    String mnemonic = "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32";
    String sums = "{%f0, %f1, %f2, %f3}";
    // The address is %r0 (A) and %r5 (B); ldmatrix returns the four registers behind it.
    assertTrue(
        lines.contains("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r1, %r2, %r3, %r4}, [%r0];"));
    assertEquals(
        List.of(
            mnemonic + " " + sums + ", {%r1, %r2, %r3, %r4}, {%r6, %r7}, " + sums + ";",
            mnemonic + " " + sums + ", {%r1, %r2, %r3, %r4}, {%r8, %r9}, " + sums + ";"),
        lines.stream().filter(line -> line.startsWith("mma")).toList());
    assertEquals(4, lines.stream().filter(line -> line.endsWith(", 0f00000000;")).count());
  }

  @Test
  void copy_fillsWithZerosBehindTheBytesThatItReads() {
    List<String> lines =
        emit(
            code -> {
              CpAsync.copy16(code, code.dynamicSmem(), code.newU64(), code.u32(6));
              CpAsync.commit(code);
              CpAsync.await(code, 2);
            });
    assertTrue(lines.contains("cp.async.cg.shared.global [%r0], [%rd0], 16, %r1;"));
    assertTrue(
        lines.indexOf("cp.async.commit_group;") + 1 == lines.indexOf("cp.async.wait_group 2;"));
  }

  @Test
  void negativeGroups_cannotBeAwaited() {
    emit(code -> assertThrows(IllegalArgumentException.class, () -> CpAsync.await(code, -1)));
  }

  @Test
  void tile_refusesWhatTheSwizzleDoesNotAllow() {
    emit(
        code -> {
          SwizzledTile tile = SwizzledTile.fragmentsA(code, code.u32(0), code.u32(0));
          assertThrows(IllegalArgumentException.class, () -> tile.at(code.dynamicSmem(), 4, 0));
          assertThrows(IllegalArgumentException.class, () -> tile.at(code.dynamicSmem(), 8, 8));
          assertThrows(IllegalArgumentException.class, () -> tile.at(code.dynamicSmem(), 8, -1));
        });
  }

  @Test
  void stores_haveTheWidthOfTheirName() {
    List<String> lines =
        emit(
            code -> {
              Global.store16(code, code.newU64(), code.newU32());
              Global.store32(code, code.newU64(), code.newU32());
              Global.store(code, code.newU64(), code.newF32());
              Global.store(code, code.newU64(), code.newF32(), code.newF32());
            });
    assertTrue(lines.contains("st.global.b16 [%rd0], %r0;"));
    assertTrue(lines.contains("st.global.b32 [%rd1], %r1;"));
    assertTrue(lines.contains("st.global.f32 [%rd2], %f0;"));
    assertTrue(lines.contains("st.global.v2.f32 [%rd3], {%f1, %f2};"));
  }
}
