package dev.deepgemm.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.ScaleScheme;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The answers that a plugin gets for free. */
class ArchSpecTest {
  private final ArchSpec spec = new PlainSpec();

  @Test
  void shouldMinimizeNumSms_default_followsTheSwitch() {
    assertTrue(spec.shouldMinimizeNumSms(Options.defaults()));
    assertFalse(
        spec.shouldMinimizeNumSms(Options.of(Map.of(), Map.of("DG_MINIMIZE_NUM_SMS", "0"))));
  }

  /** Whoever wants another answer hands in other options; a process has no say of its own. */
  @Test
  void shouldMinimizeNumSms_hasOneForm_whichTakesOptions() {
    assertEquals(
        List.of(List.of(Options.class)),
        Arrays.stream(ArchSpec.class.getMethods())
            .filter(method -> method.getName().equals("shouldMinimizeNumSms"))
            .map(method -> List.of(method.getParameterTypes()))
            .toList());
  }

  @Test
  void runsOn_default_isTheExactCapability() {
    assertTrue(spec.runsOn(new ComputeCapability(9, 0)));
    assertFalse(spec.runsOn(new ComputeCapability(10, 0)));
    assertFalse(spec.runsOn(new ComputeCapability(9, 1)));
  }

  @Test
  void kernels_default_areNone() {
    assertEquals(Optional.empty(), spec.kernels());
  }

  @Test
  void defaultScaling_goesWithTheType() {
    assertEquals(ScaleScheme.FP32_1D2D, spec.defaultScaling(DataType.FP8_E4M3));
    assertEquals(ScaleScheme.NONE, spec.defaultScaling(DataType.BF16));
  }

  /** A method that is added later must not break a plugin that is compiled already. */
  @Test
  void methods_withoutDefault_areTheFirstReleases() {
    List<String> required =
        Arrays.stream(ArchSpec.class.getMethods())
            .filter(method -> !method.isDefault())
            .map(java.lang.reflect.Method::getName)
            .sorted()
            .toList();
    assertEquals(
        List.of(
            "blockK",
            "blockMs",
            "blockNs",
            "computeCapability",
            "defaultNumSms",
            "id",
            "loadedTile",
            "multicast",
            "smem",
            "smemCapacity",
            "stages",
            "swizzlesD",
            "target",
            "threads",
            "tile",
            "unsupported"),
        required);
  }
}
