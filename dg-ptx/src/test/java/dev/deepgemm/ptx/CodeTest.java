package dev.deepgemm.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CodeTest {
  private static List<String> body(Consumer<Code> kernel) {
    Emission emission = new Emission(IsaFeature.Target.of("sm_90a"));
    kernel.accept(new Code(emission));
    return emission.lines().stream().map(String::strip).toList();
  }

  @Test
  void loop_withStep_testsBeforeTheBody() {
    assertEquals(
        List.of(
            "mov.u32 %r0, 0;",
            "mov.u32 %r1, 10;",
            "mov.u32 %r2, 3;",
            "mov.u32 %r3, %r0;",
            "setp.ge.u32 %p0, %r3, %r1;",
            "@%p0 bra $done_1;",
            "$loop_0:",
            "// body",
            "add.u32 %r3, %r3, %r2;",
            "setp.lt.u32 %p1, %r3, %r1;",
            "@%p1 bra $loop_0;",
            "$done_1:"),
        body(code -> code.loop(code.u32(0), code.u32(10), code.u32(3), i -> code.comment("body"))));
  }

  @Test
  void choose_betweenBodies_runsOneOfThem() {
    assertEquals(
        List.of(
            "setp.ne.b32 %p0, 1, 0;",
            "@!%p0 bra $else_0;", "// yes", "bra $endif_1;", "$else_0:", "// no", "$endif_1:"),
        body(
            code ->
                code.choose(
                    code.constant(true), () -> code.comment("yes"), () -> code.comment("no"))));
  }

  @Test
  void division_byPowersOfTwo_needsNoDivide() {
    List<String> lines =
        body(
            code -> {
              U32 x = code.u32(7);
              code.div(x, 8);
              code.rem(x, 8);
              code.div(x, 12);
              code.rem(x, 12);
            });
    assertEquals(
        List.of(
            "mov.u32 %r0, 7;",
            "shr.u32 %r1, %r0, 3;",
            "and.b32 %r2, %r0, 7;",
            "div.u32 %r3, %r0, 12;",
            "rem.u32 %r4, %r0, 12;"),
        lines);
  }

  @Test
  void result_ofEveryInstruction_isAFreshRegister() {
    body(
        code -> {
          U32 x = code.u32(1);
          assertNotEquals(x, code.add(x, 0));
          assertNotEquals(x, code.mul(x, 1));
          assertNotEquals(x, code.shl(x, 0));
          assertNotEquals(x, code.xor(x, 0));
        });
  }

  @Test
  void section_isACommentThatStandsOut() {
    assertEquals(
        List.of("// ---------------- producer", "// why"),
        body(
            code -> {
              code.section("producer");
              code.comment("why");
            }));
  }

  @Test
  void packBf16_putsTheFirstArgumentLow() {
    List<String> lines =
        body(
            code -> {
              F32 low = code.newF32();
              F32 high = code.newF32();
              code.packBf16(low, high);
            });
    // PTX packs its first source into the upper half.
    assertEquals(List.of("cvt.rn.bf16x2.f32 %r0, %f1, %f0;"), lines);
  }

  @Test
  void emission_onTwoThreads_doesNotMix() {
    List<List<String>> texts =
        IntStream.range(0, 64)
            .parallel()
            .mapToObj(
                i ->
                    body(
                        code ->
                            code.repeat(
                                code.u32(4),
                                k -> IntStream.range(0, 50).forEach(j -> code.add(k, j)))))
            .toList();
    texts.forEach(text -> assertEquals(texts.get(0), text));
    assertTrue(texts.get(0).size() > 50);
  }
}
