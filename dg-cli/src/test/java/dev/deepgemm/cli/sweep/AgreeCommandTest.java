package dev.deepgemm.cli.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.cli.CommandRun;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dg agree} without a device. */
class AgreeCommandTest {
  @TempDir Path folder;

  @Test
  void agreement_ofTheEmulatorWithItself_isPerfect_andTheOtherModelIsNot() throws IOException {
    Path json = folder.resolve("agree.json");
    CommandRun run =
        CommandRun.of(
            "agree",
            "--device",
            "emulator",
            "--dtype",
            "fp8",
            "--limit",
            "1",
            "--json",
            json.toString());
    assertEquals(0, run.code(), run.err());
    JsonNode models = new ObjectMapper().readTree(json.toFile()).at("/launches/0/models");
    long elements = models.at("/fp32/elements").asLong();
    assertTrue(elements > 10_000, models.toString());
    assertEquals(elements, models.at("/fp32/equal").asLong());
    assertTrue(models.at("/hopper/equal").asLong() < elements);
    assertTrue(models.at("/hopper/relative_difference").asDouble() < 2e-3);
  }
}
