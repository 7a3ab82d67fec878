package dev.deepgemm.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class GemmConfigTest {
  private static final SmemUsage SMEM = new SmemUsage(1, 20, 300, 400, 50, 60, 7, 8, 9, 4);

  private static GemmConfig config(GemmDesc desc, int numSms) {
    KernelSpec kernel =
        new KernelSpec(
            "sm90",
            desc.kind(),
            desc.scaling(),
            desc.aType(),
            desc.dType(),
            desc.majorA(),
            desc.majorB(),
            desc.accumulate(),
            new Tile(128, 64, 128),
            3,
            new Swizzles(128, 128, 128),
            Multicast.NONE,
            ThreadRoles.producerConsumer(128, 256),
            1);
    return new GemmConfig(desc, kernel, numSms, 0, SMEM);
  }

  @Test
  void smem_parts_addUp() {
    assertEquals(818, SMEM.perStage());
    assertEquals(41, SMEM.fixed());
    assertEquals(3 * 818 + 41, SMEM.total(3));
    assertEquals(3 * 818 + 41, config(GemmDesc.fp8(1, 1, 128), 1).smemBytes());
  }

  @Test
  void smem_beyondAnInt_throws() {
    assertThrows(ArithmeticException.class, () -> SMEM.total(Integer.MAX_VALUE));
  }

  @Test
  void waves_raggedProblem_countsPartialTiles() {
    GemmConfig config = config(GemmDesc.fp8(129, 65, 128), 3);
    assertEquals(4, config.blocks());
    assertEquals(2, config.waves());
    assertEquals(1, config(GemmDesc.fp8(129, 65, 128), 4).waves());
  }

  @Test
  void blocks_beyondAnInt_throws() {
    int huge = Integer.MAX_VALUE;
    assertThrows(
        ArithmeticException.class, () -> config(GemmDesc.fp8(huge, huge, 128), 132).blocks());
  }

  @Test
  void threads_roles_addUp() {
    assertEquals(384, ThreadRoles.producerConsumer(128, 256).total());
    assertEquals(256, ThreadRoles.issueEpilogue(128, 128).total());
  }

  @Test
  void tile_withoutExtent_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Tile(0, 64, 64));
    assertThrows(IllegalArgumentException.class, () -> new Tile(64, -1, 64));
    assertThrows(IllegalArgumentException.class, () -> new Tile(64, 64, 0));
  }
}
