package dev.deepgemm.jit.internal.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.assemble.Assembler;
import dev.deepgemm.jit.internal.assemble.Assemblers;
import dev.deepgemm.jit.internal.cache.CacheKey;
import dev.deepgemm.sm90.Sm90Spec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineInfoTest {
  private static PtxModule kernel() {
    Sm90Spec arch = new Sm90Spec();
    GemmDesc desc = GemmDesc.fp8(96, 4096, 7168).withSmLimit(132);
    return arch.kernels()
        .orElseThrow()
        .emit(ConfigSelector.create(Options.defaults()).select(arch, desc).kernel());
  }

  @Test
  void positions_standBeforeTheInstructions_ofEachPlace() {
    PtxModule plain =
        PtxModule.builder("k", "sm_90a")
            .text(
                """
            .version 8.0
            {
            \t.reg .b32 %r<2>;
            \tmov.u32 %r0, 1;
            \tadd.u32 %r0, %r0, 1;
            $head:
            \tadd.u32 %r1, %r0, 1;
            \tret;
            }
            """)
            .threads(32)
            .origins(
                List.of(
                    "",
                    "",
                    "",
                    "A.x(A.java:7)",
                    "A.x(A.java:7)",
                    "A.x(A.java:8)",
                    "B.y(B.java:2)",
                    "",
                    ""))
            .build();
    PtxModule with = LineInfo.annotate(plain);
    assertEquals(
        """
        .version 8.0
        {
        \t.reg .b32 %r<2>;
        \t.loc 1 7 0
        \tmov.u32 %r0, 1;
        \tadd.u32 %r0, %r0, 1;
        $head:
        \t.loc 2 2 0
        \tadd.u32 %r1, %r0, 1;
        \tret;
        }
        .file 1 "A.java"
        .file 2 "B.java"
        """,
        with.text());
    assertEquals("B.y(B.java:2)", with.origin(9).orElseThrow());
    assertEquals(with.text().lines().count(), with.origins().size());
  }

  @Test
  void moduleWithoutOrigins_staysItself() {
    PtxModule module = TestModules.fill();
    assertSame(module, LineInfo.annotate(module));
  }

  @Test
  void key_isAnotherOne_andTheDefaultKeyIsUntouched() {
    PtxModule plain = kernel();
    assertFalse(plain.text().contains(".loc"));
    FakeAssembler assembler = new FakeAssembler();
    assertNotEquals(
        CacheKey.of(plain, assembler), CacheKey.of(LineInfo.annotate(plain), assembler));
  }

  /** Real assemblers take it, and the machine code then has a table of lines with the names of our files. */
  @ParameterizedTest
  @ValueSource(strings = {"driver", "ptxas", "embedded", "nvjitlink"})
  void assembler_takesPositions_andKeepsThem(String id) {
    Options options =
        Options.fromEnvironment()
            .with(Options.JIT_ASSEMBLER, id)
            .with(Options.JIT_WITH_LINEINFO, "1");
    Assemblers assemblers =
        Assemblers.of(
            options,
            () -> {
              throw new AssertionError("no device is needed");
            });
    Assembler assembler = assemblers.candidates().get(0);
    assumeTrue(
        assembler.unavailable().isEmpty(), () -> id + ": " + assembler.unavailable().orElse(""));
    String image = image(assembler, LineInfo.annotate(kernel()));
    assertTrue(image.contains(".debug_line"), "no table of lines");
    assertTrue(image.contains("ScaledMathLoop.java"), "no file of ours in it");
    Assembler plain =
        Assemblers.of(options.with(Options.JIT_WITH_LINEINFO, "0"), () -> null).candidates().get(0);
    assertFalse(image(plain, kernel()).contains("ScaledMathLoop.java"));
  }

  private static String image(Assembler assembler, PtxModule module) {
    return new String(assembler.assemble(module).bytes(), StandardCharsets.ISO_8859_1);
  }
}
