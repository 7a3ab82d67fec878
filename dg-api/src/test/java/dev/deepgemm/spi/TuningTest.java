package dev.deepgemm.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.Team;
import dev.deepgemm.api.ThreadRoles;
import dev.deepgemm.api.Tile;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TuningTest {
  private static final Tuning TUNING =
      new Tuning(
          CostParameters.of(
              IntStream.range(1, CostParameters.names().size() + 1)
                  .mapToDouble(i -> i / 32.0)
                  .toArray()),
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
    double[] values = TUNING.parameters().values();
    values[CostParameters.names().indexOf("hidden")] = 1.5;
    assertThrows(IllegalArgumentException.class, () -> CostParameters.of(values));
    values[CostParameters.names().indexOf("hidden")] = 0.5;
    values[0] = Double.NaN;
    assertThrows(IllegalArgumentException.class, () -> CostParameters.of(values));
    assertThrows(IllegalArgumentException.class, () -> CostParameters.of(1, 2));
  }
}
