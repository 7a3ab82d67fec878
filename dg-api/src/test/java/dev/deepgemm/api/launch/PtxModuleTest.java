package dev.deepgemm.api.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PtxModuleTest {
  private static final PtxModule MODULE =
      PtxModule.builder("gemm", "sm_90a")
          .text(".entry gemm\nret;\n")
          .threads(128)
          .cluster(2)
          .origins(List.of("", "Emitter.emit(Emitter.java:12)"))
          .build();

  @Test
  void builder_leavesClusterAndOriginsOut() {
    PtxModule plain = PtxModule.builder("gemm", "sm_90a").text("ret;").threads(64).build();
    assertEquals(1, plain.cluster());
    assertEquals(List.of(), plain.origins());
    assertEquals(Optional.empty(), plain.origin(1));
  }

  @Test
  void builder_withoutTextOrThreads_isRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> PtxModule.builder("gemm", "sm_90a").build());
    assertTrue(e.getMessage().contains("0 characters"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> MODULE.toBuilder().threads(0).build());
    assertThrows(IllegalArgumentException.class, () -> MODULE.toBuilder().cluster(0).build());
  }

  @Test
  void origin_isThatOfTheLine() {
    assertEquals(Optional.empty(), MODULE.origin(1));
    assertEquals(Optional.of("Emitter.emit(Emitter.java:12)"), MODULE.origin(2));
    assertEquals(Optional.empty(), MODULE.origin(0));
    assertEquals(Optional.empty(), MODULE.origin(3));
  }

  @Test
  void equality_looksAtEveryPart() {
    assertEquals(MODULE, MODULE.toBuilder().build());
    assertEquals(MODULE.hashCode(), MODULE.toBuilder().build().hashCode());
    List<PtxModule> others =
        List.of(
            MODULE.toBuilder().entry("other").build(),
            MODULE.toBuilder().target("sm_100a").build(),
            MODULE.toBuilder().text("ret;").build(),
            MODULE.toBuilder().threads(256).build(),
            MODULE.toBuilder().cluster(1).build(),
            MODULE.toBuilder().origins(List.of()).build());
    for (PtxModule other : others) {
      assertNotEquals(MODULE, other);
      assertNotEquals(MODULE.hashCode(), other.hashCode());
    }
  }

  @Test
  void origins_thatChangeLater_areCopied() {
    List<String> origins = new ArrayList<>(List.of("one"));
    PtxModule module = MODULE.toBuilder().origins(origins).build();
    origins.set(0, "two");
    assertEquals(List.of("one"), module.origins());
  }
}
