package dev.deepgemm.api.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import org.junit.jupiter.api.Test;

class GemmConfigTest {
  private static final SmemUsage SMEM =
      SmemUsage.builder()
          .fixed("tensor maps", 1)
          .fixed("staged output", 20)
          .perStage("tile of A", 300)
          .perStage("tile of B", 400)
          .perStage("scales of A", 50)
          .perStage("scales of B", 60)
          .fixed("scales of B along k", 7)
          .perStage("barriers of a stage", 8)
          .fixed("barriers", 9)
          .fixed("address of tensor memory", 4)
          .build();

  private static GemmConfig config(GemmDesc desc, int numSms) {
    Schedule schedule =
        new Schedule(
            new Tile(128, 64, 128),
            Multicast.NONE,
            Team.of(ThreadRoles.of(ThreadRoles.TMA, 128, ThreadRoles.MATH, 256)),
            new Swizzles(128, 128, 128),
            3);
    KernelSpec kernel = new KernelSpec("sm90", desc.signature(), schedule);
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

  /** The tokens of all experts lie in one A: eight experts have no more tiles than one. */
  @Test
  void blocks_ofContiguousGroups_countRowsOnce() {
    Signature contiguous = Signature.FP8.withKind(GemmKind.M_GROUPED_CONTIGUOUS);
    Signature masked = Signature.FP8.withKind(GemmKind.M_GROUPED_MASKED);
    Shape eight = new Shape.Contiguous(8, 1024, 256, 128);
    assertEquals(8 * 4, config(GemmDesc.of(contiguous, eight), 132).blocks());
    assertEquals(
        8 * 8 * 4,
        config(GemmDesc.of(masked, new Shape.Masked(8, 1024, 1024, 256, 128)), 132).blocks());
  }

  @Test
  void blocks_beyondAnInt_throws() {
    int huge = Integer.MAX_VALUE;
    assertThrows(
        ArithmeticException.class, () -> config(GemmDesc.fp8(huge, huge, 128), 132).blocks());
  }

  @Test
  void threads_roles_addUp() {
    ThreadRoles roles = ThreadRoles.of(ThreadRoles.TMA, 128, ThreadRoles.MATH, 256);
    assertEquals(384, roles.total());
    assertEquals(256, roles.of(ThreadRoles.MATH));
    assertEquals(0, roles.of("epilogue"));
    assertEquals(256, ThreadRoles.of("issue", 128, "epilogue", 128).total());
  }

  @Test
  void tile_withoutExtent_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Tile(0, 64, 64));
    assertThrows(IllegalArgumentException.class, () -> new Tile(64, -1, 64));
    assertThrows(IllegalArgumentException.class, () -> new Tile(64, 64, 0));
  }
}
