package dev.deepgemm.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Option.Source;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OptionsTest {
  private static final Option<Boolean> SWITCH = Options.MINIMIZE_NUM_SMS;
  private static final Map<String, String> ENV = Map.of("DG_MINIMIZE_NUM_SMS", "0");
  private static final Map<String, String> PROPERTY = Map.of("dg.minimizeNumSms", "3");

  @Test
  void get_nothingSet_isTheDefault() {
    assertEquals(
        new Option.Resolved<>(true, "1", Source.DEFAULT), Options.defaults().resolve(SWITCH));
    assertTrue(Options.of(Map.of(), Map.of("UNRELATED", "0")).get(SWITCH));
  }

  @Test
  void resolve_everySource_strongestWins() {
    Options environment = Options.of(Map.of(), ENV);
    assertEquals(
        new Option.Resolved<>(false, "0", Source.ENVIRONMENT), environment.resolve(SWITCH));
    Options property = Options.of(PROPERTY, ENV);
    assertEquals(new Option.Resolved<>(true, "3", Source.PROPERTY), property.resolve(SWITCH));
    Options program = property.with(SWITCH, "00");
    assertEquals(new Option.Resolved<>(false, "00", Source.PROGRAM), program.resolve(SWITCH));
  }

  @Test
  void heuristics_everySource_strongestWins() {
    assertEquals(Heuristics.TUNED, Options.defaults().get(Options.HEURISTICS));
    Options environment = Options.of(Map.of(), Map.of("DG_HEURISTICS", " Classic"));
    assertEquals(Heuristics.CLASSIC, environment.get(Options.HEURISTICS));
    Options property =
        Options.of(Map.of("dg.heuristics", "classic"), Map.of("DG_HEURISTICS", "tuned"));
    assertEquals(Heuristics.CLASSIC, property.get(Options.HEURISTICS));
    assertEquals(
        Heuristics.TUNED, property.with(Options.HEURISTICS, "tuned").get(Options.HEURISTICS));
    OptionException refused =
        assertThrows(
            OptionException.class,
            () -> property.with(Options.HEURISTICS, "best").get(Options.HEURISTICS));
    assertTrue(refused.getMessage().contains("legal: classic or tuned"), refused.getMessage());
  }

  @Test
  void with_leavesTheOriginalAlone() {
    Options before = Options.defaults();
    Options after = before.with(SWITCH, "0").with(Options.JIT_CACHE_DIR, "/tmp/x");
    assertTrue(before.get(SWITCH));
    assertFalse(after.get(SWITCH));
    assertEquals("/tmp/x", after.get(Options.JIT_CACHE_DIR));
    assertTrue(after.with(SWITCH, "1").get(SWITCH));
  }

  @Test
  void of_mapsThatChangeLater_areCopied() {
    Map<String, String> environment = new java.util.HashMap<>(ENV);
    Options options = Options.of(Map.of(), environment);
    environment.put("DG_MINIMIZE_NUM_SMS", "1");
    assertFalse(options.get(SWITCH));
  }

  @Test
  void get_illegal_saysWhereItWasSet() {
    assertMessage(
        "environment variable DG_MINIMIZE_NUM_SMS is \"yes\"; legal: a 32-bit integer",
        Options.of(Map.of(), Map.of("DG_MINIMIZE_NUM_SMS", "yes")));
    assertMessage(
        "system property dg.minimizeNumSms is \"yes\"; legal: a 32-bit integer",
        Options.of(Map.of("dg.minimizeNumSms", "yes"), ENV));
    assertMessage(
        "option dg.minimizeNumSms (set in code) is \"yes\"; legal: a 32-bit integer",
        Options.defaults().with(SWITCH, "yes"));
  }

  private static void assertMessage(String start, Options options) {
    OptionException e = assertThrows(OptionException.class, () -> options.get(SWITCH));
    assertEquals("DG-OPT-01", e.problems().get(0).id());
    assertTrue(e.problems().get(0).message().startsWith(start), e.getMessage());
  }

  @Test
  void get_illegalValueOfAnotherOption_hurtsNobody() {
    Options options = Options.of(Map.of(), Map.of("DG_MINIMIZE_NUM_SMS", "yes"));
    assertEquals("auto", options.get(Options.JIT_ASSEMBLER));
  }

  @Test
  void fromEnvironment_property_isSeenUntilCleared() {
    String before = System.getProperty("dg.minimizeNumSms");
    try {
      System.setProperty("dg.minimizeNumSms", "0");
      Options set = Options.fromEnvironment();
      System.clearProperty("dg.minimizeNumSms");
      assertEquals(Source.PROPERTY, set.resolve(SWITCH).source());
      assertFalse(set.get(SWITCH), "an instance keeps what it saw");
      assertFalse(Options.fromEnvironment().resolve(SWITCH).source() == Source.PROPERTY);
    } finally {
      if (before != null) {
        System.setProperty("dg.minimizeNumSms", before);
      }
    }
  }

  @Test
  void foreign_variable_comesFromTheGivenEnvironment() {
    Options options = Options.of(Map.of(), Map.of("HOME", "/home/x"));
    assertEquals("/home/x", options.foreign("HOME"));
    assertEquals(null, options.foreign("PATH"));
  }

  /** Names cannot drift: one scheme, no doubles, and every default is legal. */
  @Test
  void all_options_followOneScheme() {
    Set<String> names = new HashSet<>();
    for (Option<?> option : Options.all()) {
      assertTrue(option.env().matches("DG(_[A-Z0-9]+)+"), option.env());
      StringBuilder property = new StringBuilder();
      for (String word : option.env().substring(3).toLowerCase(java.util.Locale.ROOT).split("_")) {
        property.append(
            property.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
      }
      assertEquals("dg." + property, option.property());
      assertTrue(names.add(option.env()), option.env());
      assertFalse(option.doc().isBlank());
      assertFalse(option.legal().isBlank());
      assertEquals(Source.DEFAULT, Options.defaults().resolve(option).source());
    }
    assertTrue(names.contains("DG_MINIMIZE_NUM_SMS"));
    assertTrue(names.contains("DG_JIT_CACHE_DIR"));
  }
}
