package dev.deepgemm.testkit.wrappers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.sm100.Sm100Spec;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.testkit.conformance.checks.ProblemSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class AssertingArchSpecTest {
  private static final GemmDesc DESC = GemmDesc.bf16(4096, 7168, 2048, DataType.BF16);
  private final ArchSpec arch = new AssertingArchSpec(new Sm90Spec());

  private static void assertComplains(String about, Runnable call) {
    AssertionError error = assertThrows(AssertionError.class, call::run);
    assertTrue(error.getMessage().contains(about), error.getMessage());
  }

  @Test
  void selector_asksNothingThatIsUndefined() {
    ConfigSelector selector = ConfigSelector.create(Options.defaults());
    for (ArchSpec plain : List.of(new Sm90Spec(), new Sm100Spec())) {
      ArchSpec asserting = new AssertingArchSpec(plain);
      for (GemmDesc desc : ProblemSet.configurable(plain)) {
        assertEquals(selector.select(plain, desc), selector.select(asserting, desc));
      }
    }
  }

  @Test
  void callerThatAsksWhatIsUndefined_isFound() {
    Tile odd = new Tile(64, 17, 64);
    Tile illegal = new Tile(256, 256, 64);
    Tile good = new Tile(128, 128, 64);
    Signature bf16 = DESC.signature();
    Team alone = Team.of(arch.threads(bf16, good));
    Team three = new Team(alone.threads(), 3);
    Swizzles wide = new Swizzles(128, 128, 0);
    assertComplains("no candidate", () -> arch.tile(bf16, odd));
    assertComplains("illegal tile", () -> arch.stages(bf16, illegal, 2));
    assertComplains("illegal tile", () -> arch.candidate(DESC, illegal));
    assertComplains("whose m is", () -> arch.candidate(DESC, new Tile(16, 128, 64)));
    assertComplains("0 stages", () -> arch.stages(bf16, good, 0));
    assertComplains("resolved", () -> arch.multicast(DESC, good, Multicast.ON_A, 0));
    assertComplains("not sharing", () -> arch.multicast(DESC, good, Multicast.NONE, 2));
    assertComplains("does not have", () -> arch.smem(DESC, good, Multicast.NONE, three, wide));
    assertComplains("does not have", () -> arch.kSlices(bf16, good, three));
    assertComplains("does not have", () -> arch.storedColumns(bf16, good, three));
    assertComplains(
        "Swizzles", () -> arch.smem(DESC, good, Multicast.NONE, alone, new Swizzles(128, 100, 0)));
    assertComplains("unsupported", () -> arch.blockMs(bf16.withOutput(DataType.FP8_E4M3)));
  }

  @Test
  void launchOfUncheckedOperands_isFound() {
    GemmConfig config = ConfigSelector.create(Options.defaults()).select(arch, DESC);
    DeviceMatrix nowhere = new DeviceMatrix(0, 8192);
    GemmOperands operands = GemmOperands.unscaled(nowhere, nowhere, nowhere);
    assertComplains("unchecked", () -> arch.kernels().orElseThrow().plan(config, operands));
  }
}
