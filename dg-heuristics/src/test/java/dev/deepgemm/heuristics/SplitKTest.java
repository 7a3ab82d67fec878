package dev.deepgemm.heuristics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SplitKTest {
  private static final GemmDesc DESC = GemmDesc.fp8(64, 2112, 7168);
  private static final Tile TILE = new Tile(64, 64, 128);

  private final ArchSpec arch = ArchSpecs.load().get("sm90");

  private GemmConfig configure(GemmDesc desc, Multicast multicast, int splitK, String minimize) {
    Options options = Options.defaults().with(Options.MINIMIZE_NUM_SMS, minimize);
    Team team = new Team(arch.threads(desc.signature(), TILE), splitK);
    return ConfigSelector.create(options).configure(arch, desc, TILE, 4, multicast, team);
  }

  /** 33 tiles; a cluster takes one tile, and SMs that make no whole cluster stay idle. */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 33, 1",
    "2, 1, 66, 1",
    "4, 1, 132, 1",
    "8, 1, 88, 3",
    "1, 0, 132, 1",
    "8, 0, 128, 3"
  })
  void sms_areWholeClusters(int splitK, String minimize, int sms, int waves) {
    GemmConfig config = configure(DESC, Multicast.NONE, splitK, minimize);
    assertEquals(sms, config.numSms());
    assertEquals(waves, config.waves());
    assertEquals(splitK, config.kernel().cluster());
  }

  @Test
  void kernel_isTheSame_forBothValuesOfTheSwitch() {
    assertEquals(
        configure(DESC, Multicast.NONE, 4, "0").kernel(),
        configure(DESC, Multicast.NONE, 4, "1").kernel());
  }

  /** The rows of D that a CTA stages are those of its share: 64, 32, 16 and 16 columns. */
  @ParameterizedTest
  @CsvSource({"1, 128", "2, 64", "4, 32", "8, 32"})
  void swizzleOfD_dividesTheShareOfACta(int splitK, int bytes) {
    GemmConfig config = configure(DESC, Multicast.NONE, splitK, "1");
    assertEquals(bytes, config.kernel().swizzles().d());
    assertTrue(arch.kernels().orElseThrow().canEmit(config.kernel()).isLegal());
  }

  @Test
  void illegalSplits_areRefused_withWhatIsLegal() {
    String both = refusal(DESC.withM(1024), Multicast.ON_B, 2);
    assertTrue(both.contains("DG-CONF-07") && both.contains("legal: NONE"), both);
    String three = refusal(DESC, Multicast.NONE, 3);
    assertTrue(three.contains("DG-CONF-07") && three.contains("splitK=3"), three);
    String few = refusal(DESC.withSmLimit(4), Multicast.NONE, 8);
    assertTrue(few.contains("4 SMs"), few);
  }

  private String refusal(GemmDesc desc, Multicast multicast, int splitK) {
    return assertThrows(
            UnsupportedGemmException.class, () -> configure(desc, multicast, splitK, "1"))
        .getMessage();
  }
}
