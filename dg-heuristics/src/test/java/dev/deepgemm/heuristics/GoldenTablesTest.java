package dev.deepgemm.heuristics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.spi.ArchSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every row of DeepGEMM's answers, reproduced. */
class GoldenTablesTest {
  private static final int ROWS = 60_000;

  @ParameterizedTest
  @CsvSource({"sm90, 56", "sm100, 48"})
  void select_everyGoldenRow_answersAsDeepGemm(String id, int errorRows) {
    ArchSpec arch = Archs.of(id);
    Map<String, ConfigSelector> selectors =
        Map.of("0", Archs.selector("0"), "1", Archs.selector("1"));
    List<String> wrong = new ArrayList<>();
    int errors = 0;
    List<GoldenRow> table = GoldenRow.table(id);
    for (GoldenRow row : table) {
      ConfigSelector selector = selectors.get(row.minimize());
      if (row.error().isEmpty()) {
        String results = GoldenRow.results(selector.select(arch, row.desc()));
        if (!results.equals(row.results())) {
          wrong.add(
              "line %d: %s%n  want %s%n  got  %s"
                  .formatted(row.line(), row.problem(), row.results(), results));
        }
      } else {
        errors++;
        UnsupportedGemmException e =
            assertThrows(
                UnsupportedGemmException.class,
                () -> selector.select(arch, row.desc()),
                () -> "line " + row.line());
        assertEquals(expectedId(row.error()), e.problems().get(0).id(), () -> "line " + row.line());
      }
    }
    assertTrue(
        wrong.isEmpty(),
        () ->
            wrong.size()
                + " rows differ:\n"
                + String.join("\n", wrong.subList(0, Math.min(10, wrong.size()))));
    assertEquals(ROWS, table.size());
    assertEquals(errorRows, errors);
  }

  private static String expectedId(String cppCondition) {
    if (cppCondition.startsWith("ab_dtype")) {
      return "DG-CONF-01";
    }
    if (cppCondition.startsWith("cd_dtype")) {
      return "DG-CONF-02";
    }
    assertEquals("best_num_stages != 0", cppCondition);
    return "DG-SMEM-01";
  }

  /**
   * DeepGEMM hands its rules all rows of contiguous groups and one group. How many experts the rows belong
   * to is known here, and must not matter.
   */
  @ParameterizedTest
  @CsvSource({"sm90, 7200", "sm100, 3800"})
  void select_contiguousRows_ofAnyNumberOfGroups_areAnsweredAsTheGoldenRow(String id, int atLeast) {
    ArchSpec arch = Archs.of(id);
    int checked = 0;
    for (GoldenRow row : GoldenRow.table(id)) {
      if (!(row.desc().shape() instanceof Shape.Contiguous rows) || !row.error().isEmpty()) {
        continue;
      }
      checked++;
      assertEquals(1, rows.groups(), () -> "line " + row.line());
      GemmDesc eight = row.desc().withShape(new Shape.Contiguous(8, rows.m(), rows.n(), rows.k()));
      GemmConfig config = Archs.selector(row.minimize()).select(arch, eight);
      assertEquals(row.results(), GoldenRow.results(config), () -> "line " + row.line());
      assertEquals(8, config.desc().groups());
    }
    assertTrue(checked >= atLeast, "rows of contiguous groups: " + checked);
  }

  /**
   * The switch changes the number of SMs of a launch; never the kernel, its memory or its waves.
   */
  @ParameterizedTest
  @CsvSource({"sm90, 3861", "sm100, 3838"})
  void select_goldenPairs_differInSmCountAlone(String id, int pairs) {
    ArchSpec arch = Archs.of(id);
    Map<String, GoldenRow> unpaired = new HashMap<>();
    int seen = 0;
    for (GoldenRow row : GoldenRow.table(id)) {
      GoldenRow other = unpaired.putIfAbsent(row.problem(), row);
      if (other == null) {
        continue;
      }
      seen++;
      GemmConfig on = Archs.selector("1").select(arch, row.desc());
      GemmConfig off = Archs.selector("0").select(arch, row.desc());
      assertEquals(row.desc().smLimit(), off.numSms());
      assertEquals(
          on,
          new GemmConfig(off.desc(), off.kernel(), on.numSms(), off.numLastStages(), off.smem()));
      assertEquals(on.kernel().id(), off.kernel().id());
      assertEquals(on.waves(), off.waves());
    }
    assertEquals(pairs, seen);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sm90", "sm100"})
  void explain_goldenRows_chooseWhatSelectDoes(String id) {
    ArchSpec arch = Archs.of(id);
    ConfigSelector selector = Archs.selector("1");
    int checked = 0;
    for (GoldenRow row : GoldenRow.table(id)) {
      if (row.line() % 37 != 0 || !row.error().isEmpty()) {
        continue;
      }
      checked++;
      Explanation explanation = selector.explain(arch, row.desc());
      assertEquals(selector.select(arch, row.desc()), explanation.config());
      assertEquals(explanation.config().kernel().tile(), explanation.winner().tile());
    }
    assertTrue(checked > 1000, () -> "too few rows");
  }
}
