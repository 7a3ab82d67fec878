package dev.deepgemm.measure.ttft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.measure.JsonText;
import dev.deepgemm.measure.ttft.TtftRun.Cache;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TtftRunTest {
  @Test
  void figures_coldRun_countCompilesAndStalls() {
    TtftRun run = TtftRuns.run("1", Cache.COLD, 100);
    assertEquals(10, run.compiles());
    assertEquals(0, run.loads());
    assertEquals(10, run.stalls());
    assertEquals(10, run.first().count());
    assertEquals(250_040, run.first().median());
    assertEquals(250_090, run.first().max());
    assertEquals(100, run.all().count());
    assertEquals(36, run.steady().max());
  }

  @Test
  void figures_packRun_loadsWithoutCompiling() {
    TtftRun run = TtftRuns.run("0", Cache.PACK, 100);
    assertEquals(0, run.compiles());
    assertEquals(10, run.loads());
    assertEquals(0, run.stalls());
  }

  @ParameterizedTest
  @EnumSource(Cache.class)
  void json_writtenAndRead_isTheRun(Cache cache) throws IOException {
    TtftRun run = TtftRuns.run("1", cache, 57);
    String text = JsonText.of(TtftJson.of(run));
    JsonNode read = new ObjectMapper().readTree(text);
    assertEquals(run, TtftJson.run(read));
    assertEquals(run.compiles(), read.path("compiles").asLong());
    assertEquals(run.first().max(), read.path("first_calls_us").path("max").asDouble());
    long longest = text.lines().mapToInt(String::length).max().orElseThrow();
    assertTrue(longest > 57 * 4, "a column of numbers is one line");
    assertTrue(text.lines().count() < 50, "one number per line would hide the figures");
  }
}
