package dev.deepgemm.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.ScaleScheme.Format;
import dev.deepgemm.api.ScaleScheme.Granularity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScaleSchemeTest {
  @Test
  void names_leadBackToTheScheme() {
    for (ScaleScheme scheme : ScaleScheme.NAMED) {
      assertEquals(scheme, ScaleScheme.named(scheme.shortName()));
    }
    assertEquals(ScaleScheme.FP32_1D1D, ScaleScheme.named("KERNEL_1D1D"));
    assertEquals(ScaleScheme.FP32_1D2D, ScaleScheme.named("KERNEL_1D2D"));
    assertEquals(ScaleScheme.NONE, ScaleScheme.named("KERNEL_NO_SF"));
    assertEquals("KERNEL_1D1D", ScaleScheme.UE8M0_1D1D.deepGemmName());
    assertEquals("1d1d_ue8m0", ScaleScheme.UE8M0_1D1D.toString());
  }

  @Test
  void named_unknown_listsTheNames() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> ScaleScheme.named("3d"));
    assertTrue(e.getMessage().contains("\"3d\""), e.getMessage());
    assertTrue(e.getMessage().contains("no_sf, 1d1d, 1d2d, 1d1d_ue8m0"), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "1, 32, 1, 32, UE8M0, 1d1d_k32_ue8m0",
    "1, 128, 64, 128, FP32, 1d2d64",
    "1, 32, 128, 128, FP32, 1d2d_k32x128",
    "128, 128, 128, 128, FP32, 2d2d"
  })
  void shortName_ofOtherBlocks_saysTheirExtents(
      int mnA, int kA, int mnB, int kB, Format format, String name) {
    ScaleScheme scheme =
        new ScaleScheme(new Granularity(mnA, kA), new Granularity(mnB, kB), format);
    assertEquals(name, scheme.shortName());
    assertTrue(scheme.isScaled());
  }

  @Test
  void blocks_withoutScalesOrScalesWithoutBlocks_areRefused() {
    assertFalse(ScaleScheme.NONE.isScaled());
    assertThrows(
        IllegalArgumentException.class,
        () -> new ScaleScheme(Granularity.ROW_128, Granularity.WHOLE, Format.NONE));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ScaleScheme(Granularity.ROW_128, Granularity.WHOLE, Format.FP32));
    assertThrows(IllegalArgumentException.class, () -> new Granularity(0, 128));
    assertThrows(IllegalArgumentException.class, () -> new Granularity(-1, -1));
  }
}
