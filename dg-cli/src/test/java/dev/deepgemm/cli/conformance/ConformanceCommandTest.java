package dev.deepgemm.cli.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.cli.CommandRun;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConformanceCommandTest {
  @Test
  void sm100_configures(@TempDir Path folder) throws IOException {
    Path json = folder.resolve("report.json");
    CommandRun run =
        CommandRun.of(
            "conformance", "--arch", "sm100", "--tier", "SPECIFICATION", "--json", json.toString());
    assertEquals(0, run.code(), run.err());
    assertTrue(run.out().contains("Conformance of sm100"), run.out());

    JsonNode report = new ObjectMapper().readTree(json.toFile());
    assertEquals("sm100", report.get("arch").asText());
    assertEquals(0, report.get("failed").asInt());
    // The other tiers were not asked for, and that does not read as passed.
    assertEquals(false, report.get("conformant").asBoolean());
    assertTrue(report.get("environment").get("plugin").asText().endsWith("Sm100Spec"));
  }

  @Test
  void declaredCapabilityThatIsMissing_fails() {
    CommandRun run =
        CommandRun.of(
            "conformance", "--arch", "sm100", "--tier", "SPECIFICATION", "--declare", "KERNELS");
    assertEquals(1, run.code(), run.err());
    assertTrue(run.out().contains("KERNELS is declared, and kernels() is empty"), run.out());
  }

  @Test
  void unknownArchitecture_isRefusedWithTheOnesThatAreThere() {
    CommandRun run = CommandRun.of("conformance", "--arch", "sm75");
    assertEquals(2, run.code());
    assertTrue(run.err().contains("DG-ARCH-01") && run.err().contains("sm90"), run.err());
  }
}
