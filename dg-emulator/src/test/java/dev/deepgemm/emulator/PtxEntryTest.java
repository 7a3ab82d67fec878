package dev.deepgemm.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;

class PtxEntryTest {
  @Test
  void entries_sayWhatTheHeadsSay() {
    List<PtxEntry> found =
        Emulator.entries(
            """
            .version 8.0
            .target sm_90a
            .address_size 64
            .entry declared(.param .u32 x);
            .visible .entry first(
              .param .u64 .ptr .global .align 8 out,
              .param .align 64 .b8 map[128],
              .param .f32 alpha
            )
            .reqntid 64, 2, 1
            .explicitcluster
            .reqnctapercluster 2, 1, 1
            { this is not looked at; { nor is this } }
            .visible .entry second() .maxntid 256 { ret; }
            """);
    assertEquals(
        List.of(
            new PtxEntry(
                "first",
                List.of(
                    new PtxEntry.Parameter("out", 8),
                    new PtxEntry.Parameter("map", 128),
                    new PtxEntry.Parameter("alpha", 4)),
                128,
                0,
                2),
            new PtxEntry("second", List.of(), 0, 256, 0)),
        found);
  }

  @Test
  void entries_ofWhatIsNoModule_areRefused() {
    EmulatorException e =
        assertThrows(EmulatorException.class, () -> Emulator.entries("int main() { return 0; }"));
    assertTrue(e.isRefused());
    assertEquals("DG-EMU-02", e.problems().get(0).id());
  }

  @Test
  void problems_areAllTold() {
    PtxEntry entry = new PtxEntry("k", List.of(), 0, 64, 2);
    List<Problem> found = entry.problems(3, 100, 4);
    assertEquals(4, found.size(), found::toString);
    assertTrue(found.stream().allMatch(problem -> problem.id().equals("DG-EMU-05")));
    assertEquals(List.of(), entry.problems(4, 64, 2));
  }

  @Test
  void fault_ofARun_isNoRefusal() {
    EmulatorException e =
        assertThrows(EmulatorException.class, () -> MicroKernel.of("trap;").run());
    assertFalse(e.isRefused());
  }
}
