package dev.deepgemm.emulator.internal.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.emulator.DeviceMemory;
import dev.deepgemm.emulator.Emulator;
import dev.deepgemm.emulator.EmulatorException;
import dev.deepgemm.emulator.MicroKernel;
import dev.deepgemm.emulator.internal.check.FindingsException;
import dev.deepgemm.emulator.internal.parse.PtxParser;
import java.util.List;
import org.junit.jupiter.api.Test;

class PtxParserTest {
  private static List<Problem> problems(String ptx) {
    return assertThrows(
            FindingsException.class, () -> Decoder.decode(PtxParser.parse(ptx, "kernel")))
        .problems();
  }

  @Test
  void unknownInstructions_areAllNamedWithTheirLines() {
    String ptx =
        """
        .version 8.0
        .target sm_90a
        .address_size 64
        .visible .entry kernel()
        {
          .reg .b32 %r<4>;
          tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [%r1], 32;
          mov.b32 %r1, 1;
          add.sat.s32 %r2, %r1, %r1;
          frobnicate.b32 %r3, {%r1, %r2};
          ret;
        }
        """;
    List<Problem> found = problems(ptx);
    assertEquals(
        List.of("DG-EMU-02", "DG-EMU-03", "DG-EMU-02"), found.stream().map(Problem::id).toList());
    assertTrue(found.get(0).message().startsWith("line 7: tcgen05.alloc"), found.toString());
    assertTrue(found.get(1).message().startsWith("line 9: add.sat.s32"), found.toString());
    assertTrue(found.get(2).message().startsWith("line 10: frobnicate"), found.toString());
  }

  @Test
  void syntaxErrors_doNotHideEachOther() {
    String ptx =
        """
        .visible .entry kernel()
        {
          .reg .b32 %r<4>;
          mov.b32 %r1 1;
          mov.b32 %r2, , 3;
          ret;
        }
        """;
    List<Problem> found = problems(ptx);
    assertEquals(2, found.size(), found.toString());
    assertTrue(found.get(0).message().startsWith("line 4"), found.toString());
    assertTrue(found.get(1).message().startsWith("line 5"), found.toString());
  }

  @Test
  void unknownNames_areNamed() {
    String ptx =
        """
        .visible .entry kernel()
        {
          .reg .b32 %r<4>;
          .reg .b64 %rd<4>;
          mov.b32 %r1, %r9;
          bra NOWHERE;
          add.u32 %r1, %rd1, %r2;
          mov.u32 %r2, %clock;
          ret;
        }
        """;
    String all = problems(ptx).toString();
    assertTrue(all.contains("%r9"), all);
    assertTrue(all.contains("NOWHERE"), all);
    assertTrue(all.contains("%rd1 is a b64 where u32 is needed"), all);
    assertTrue(all.contains("%clock"), all);
  }

  @Test
  void entry_thatIsNotThere_listsThoseThatAre() {
    String text =
        problems(".visible .entry one() { ret; }\n.visible .entry two() { ret; }").toString();
    assertTrue(text.contains("[one, two]"), text);
  }

  @Test
  void nestedBlocks_haveTheirOwnNames() {
    String wait =
        """
        {
        .reg .u32 %r1;
        mov.u32 %r1, 5;
        AGAIN:
        sub.u32 %r1, %r1, 1;
        setp.ne.u32 %p1, %r1, 0;
        @%p1 bra AGAIN;
        }
        """;
    String ptx = "mov.u32 %r1, 42;\n" + wait + wait + "st.global.u32 [%rd0], %r1;";
    assertEquals(42, MicroKernel.of(ptx).word());
  }

  @Test
  void comments_andLineDirectives_areSkipped() {
    String ptx =
        """
        // a comment; with a semicolon
        .loc 1 2 3
        mov.u32 /* in the
        middle */ %r1,
          7;
        .pragma "nounroll";
        st.global.u32 [%rd0], %r1;
        """;
    assertEquals(7, MicroKernel.of(ptx).word());
  }

  @Test
  void launch_thatDoesNotFit_isRefusedWithAllReasons() {
    String ptx = MicroKernel.of("").ptx();
    EmulatorException e =
        assertThrows(
            EmulatorException.class,
            () ->
                Emulator.builder()
                    .build()
                    .run(
                        ptx,
                        "kernel",
                        new LaunchPlan(3, 48, 2, 300_000, List.of()),
                        new DeviceMemory()));
    assertTrue(e.problems().stream().allMatch(p -> p.id().equals("DG-EMU-05")));
    String text = e.getMessage();
    assertTrue(text.contains("48 threads"), text);
    assertTrue(text.contains(".reqntid is 32"), text);
    assertTrue(text.contains("grid of 3"), text);
    assertTrue(text.contains("300,000"), text);
    assertTrue(text.contains("0 arguments for the 2 parameters"), text);
  }
}
