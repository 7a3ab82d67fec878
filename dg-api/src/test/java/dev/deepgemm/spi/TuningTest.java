package dev.deepgemm.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.CostParameters.Parameter;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TuningTest {
  private static final Tuning TUNING =
      new Tuning(
          CostParameters.of(parameter -> (parameter.ordinal() + 1) / 32.0),
          List.of(
              new Tuning.Kernel(
                  new Tile(16, 64, 128),
                  20,
                  Multicast.NONE,
                  new Team(ThreadRoles.of(ThreadRoles.TMA, 128, ThreadRoles.MATH, 256), 2),
                  0.9375),
              new Tuning.Kernel(
                  new Tile(128, 240, 64),
                  3,
                  Multicast.ON_B,
                  Team.of(ThreadRoles.of("issue", 128, "epilogue", 256)))));

  @Test
  void text_isWhatIsParsed() {
    assertEquals(TUNING, Tuning.parse("# how it was made\n\n" + TUNING.text()));
    assertEquals(1, TUNING.portfolio().get(1).factor());
  }

  @Test
  void parse_missingParameter_isNamed() {
    String text = TUNING.text().replaceAll("dramBytes.*\n", "");
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Tuning.parse(text));
    assertTrue(refused.getMessage().contains("dramBytes"), refused.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"warp = 3", "launch = 3", "nonsense", "kernel = 16x64 stages 3", "macs = fast"})
  void parse_whatIsNoLine_isRefused(String line) {
    assertThrows(IllegalArgumentException.class, () -> Tuning.parse(TUNING.text() + line));
  }

  @Test
  void parameters_thatAreImpossible_areRefused() {
    CostParameters.Builder builder = CostParameters.builder();
    for (Parameter parameter : Parameter.values()) {
      builder.set(parameter, TUNING.parameters().get(parameter));
    }
    assertEquals(TUNING.parameters(), builder.build());
    assertThrows(IllegalArgumentException.class, () -> builder.set(Parameter.HIDDEN, 1.5).build());
    assertEquals(1, builder.set(Parameter.HIDDEN, 1).build().get(Parameter.HIDDEN));
    for (double value : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> CostParameters.of(p -> p == Parameter.STEP ? value : 0.5));
      assertTrue(refused.getMessage().startsWith("step is "), refused.getMessage());
    }
  }

  @Test
  void parameters_oneLeftOut_isNamed() {
    CostParameters.Builder builder = CostParameters.builder().set(Parameter.LAUNCH, 1);
    IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, builder::build);
    assertEquals("parameter macs is missing", refused.getMessage());
  }

  /** The names are in files that {@code dg tune} wrote. */
  @Test
  void parameters_names_areThoseOfTheFiles() {
    assertEquals(
        "launch macs extraColumns step column shareA shareB l2Bytes dramBytes cold latency tile pair"
            + " storeBytes hidden slice split handOverBytes",
        Arrays.stream(Parameter.values()).map(Parameter::label).collect(Collectors.joining(" ")));
  }

  @Test
  void parameters_thatDiffer_areNotEqual() {
    for (Parameter changed : Parameter.values()) {
      CostParameters one = CostParameters.of(p -> 0.5);
      CostParameters other = CostParameters.of(p -> p == changed ? 0.75 : 0.5);
      assertNotEquals(one, other);
      assertNotEquals(one.hashCode(), other.hashCode());
    }
  }
}
