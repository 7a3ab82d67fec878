package dev.deepgemm.heuristics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.OptionException;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.spi.ArchSpec;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The switch {@code DG_MINIMIZE_NUM_SMS}, from what a user sets to what is launched. */
class MinimizeNumSmsTest {
  private static final String ENV = "DG_MINIMIZE_NUM_SMS";
  private static final String PROPERTY = "dg.minimizeNumSms";

  /** A problem that leaves SMs idle on both architectures: one wave, and not a full one. */
  private static GemmDesc problem(ArchSpec arch) {
    Signature fp8 = Signature.FP8.withScaling(arch.defaultScaling(DataType.FP8_E4M3));
    return GemmDesc.of(fp8, new Shape.Dense(64, 2048, 7168));
  }

  private static GemmConfig select(String id, Options options) {
    ArchSpec arch = Archs.of(id);
    return ConfigSelector.create(options.with(Options.HEURISTICS, "classic"))
        .select(arch, problem(arch));
  }

  private static Options environment(String value) {
    return Options.of(Map.of(), Map.of(ENV, value));
  }

  @ParameterizedTest
  @CsvSource({"sm90, 132", "sm100, 148"})
  void select_unset_minimisesLikeOne(String id, int all) {
    GemmConfig unset = select(id, Options.of(Map.of(), Map.of()));
    assertTrue(unset.numSms() < all, () -> "the problem must leave SMs idle: " + unset);
    assertEquals(128, unset.numSms());
    assertEquals(unset, select(id, environment("1")));
  }

  @ParameterizedTest
  @CsvSource({"sm90, 132", "sm100, 148"})
  void select_zero_usesTheLimit(String id, int all) {
    assertEquals(all, select(id, environment("0")).numSms());
    ArchSpec arch = Archs.of(id);
    GemmConfig limited =
        ConfigSelector.create(environment("0")).select(arch, problem(arch).withSmLimit(130));
    assertEquals(130, limited.numSms());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "00", "+0", "-0", " 0 "})
  void shouldMinimize_anySpellingOfZero_isOff(String value) {
    assertEquals(false, Archs.of("sm90").shouldMinimizeNumSms(environment(value)));
    assertEquals(false, Archs.of("sm100").shouldMinimizeNumSms(environment(value)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "2", "-1", "+7", "007", "2147483647", "-2147483648"})
  void shouldMinimize_anyOtherInteger_isOn(String value) {
    assertEquals(true, Archs.of("sm90").shouldMinimizeNumSms(environment(value)));
    assertEquals(true, Archs.of("sm100").shouldMinimizeNumSms(environment(value)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "x", "true", "off", "1.0", "0x1", "1 2", "2147483648", "-2147483649"})
  void select_notAnInteger_namesVariableValueAndWhatIsLegal(String value) {
    for (String id : new String[] {"sm90", "sm100"}) {
      OptionException e = assertThrows(OptionException.class, () -> select(id, environment(value)));
      assertEquals("DG-OPT-01", e.problems().get(0).id());
      String message = e.problems().get(0).message();
      assertTrue(message.contains(ENV), message);
      assertTrue(message.contains("\"" + value + "\""), message);
      assertTrue(message.contains("legal: a 32-bit integer"), message);
    }
  }

  @Test
  void select_program_winsOverPropertyOverEnvironment() {
    Options env = Options.of(Map.of(), Map.of(ENV, "0"));
    Options property = Options.of(Map.of(PROPERTY, "1"), Map.of(ENV, "0"));
    Options program = property.with(Options.MINIMIZE_NUM_SMS, "0");
    assertEquals(132, select("sm90", env).numSms());
    assertEquals(128, select("sm90", property).numSms());
    assertEquals(132, select("sm90", program).numSms());
  }

  /** A value that is overridden is never looked at: a program can always make itself independent. */
  @Test
  void select_badValueOverridden_isIgnored() {
    Options options = environment("nonsense").with(Options.MINIMIZE_NUM_SMS, "0");
    assertEquals(132, select("sm90", options).numSms());
  }

  @Test
  void select_architectureThatNeverMinimises_isObeyed() {
    FakeArch stubborn =
        new FakeArch() {
          @Override
          public boolean shouldMinimizeNumSms(Options options) {
            return false;
          }
        };
    GemmDesc small = GemmDesc.fp8(64, 64, 64);
    ConfigSelector selector = ConfigSelector.create(Options.defaults());
    assertEquals(10, selector.select(stubborn, small).numSms());
    assertEquals(1, selector.select(new FakeArch(), small).numSms());
  }
}
