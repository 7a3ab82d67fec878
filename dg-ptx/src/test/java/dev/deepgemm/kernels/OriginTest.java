package dev.deepgemm.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.sync.Sync;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lives outside of the DSL's packages, as kernels do: the DSL's own frames are not origins. */
class OriginTest {
  @Test
  void origin_ofAnInstruction_isTheKernelsLine() {
    PtxModule module =
        new KernelBuilder("k", "sm_90a", 32, 1)
            .build(
                code -> {
                  code.u32(42);
                  Sync.cta(code);
                });
    List<String> lines = module.text().lines().toList();
    String move = module.origin(1 + lines.indexOf("\tmov.u32 %r0, 42;")).orElseThrow();
    String barrier = module.origin(1 + lines.indexOf("\tbar.sync 0;")).orElseThrow();

    assertTrue(move.contains("OriginTest.java:"), move);
    assertEquals(lineOf(move) + 1, lineOf(barrier));
    assertTrue(module.origin(1).isEmpty());
    assertTrue(module.origin(lines.size() + 1).isEmpty());
  }

  private static int lineOf(String origin) {
    return Integer.parseInt(origin.replaceAll(".*:(\\d+)\\)", "$1"));
  }
}
