package dev.deepgemm.sm90;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.PtxModule;
import dev.deepgemm.api.Team;
import dev.deepgemm.emulator.EmulatorException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Faults planted into the kernels' text, of the kind that a GPU lets pass most of the time. If one of
 * these tests fails, the emulator has lost an eye, or the kernel no longer needs what was damaged.
 */
class PlantedFaultsTest {
  private static final String LOOP_BACK = "@!%p\\d+ bra \\$wait_\\d+;";

  @ParameterizedTest(name = "{0}: {1} -> {2} is {3}")
  @CsvSource(
      delimiter = '#',
      value = {
        // Every fault is planted wherever the pattern matches; $ refers to the pattern's groups.
        "fence of the epilogue # fence\\.proxy\\.async[^;]*; # '' # DG-EMU-23",
        "fence of the registers # wgmma\\.fence\\.sync\\.aligned; # '' # DG-EMU-41",
        "wait for the products # wgmma\\.wait_group\\.sync\\.aligned 0; # '' # DG-EMU-40",
        "announced bytes # (expect_tx[^;]*, )(\\d+); # '$164;' # DG-EMU-10",
        "wait for the store # cp\\.async\\.bulk\\.wait_group\\.read 0; # '' # DG-EMU-24",
        "arrival at the cluster barrier # barrier\\.cluster\\.arrive[^;]*; # '' # DG-EMU-34",
        "release of a slot # mbarrier\\.arrive\\.shared::cluster[^;]*; # '' # DG-EMU-10",
        "setmaxnreg of one lane # (setmaxnreg\\.dec[^;]*;) # 'elect.sync _|%p1, 0xffffffff; @%p1 $1' # DG-EMU-12",
      })
  void fault_isNamed(String what, String pattern, String replacement, String id) {
    EmulatorException e = runDamaged(pattern, replacement);
    assertEquals(id, e.problems().get(0).id(), what + ": " + e.getMessage());
    assertTrue(e.getMessage().contains("PTX line"), e.getMessage());
    assertTrue(e.getMessage().contains(".java:"), "the emitting Java line: " + e.getMessage());
    assertTrue(e.getMessage().contains("seed 5"), e.getMessage());
  }

  /** Whoever does not look at what try_wait answered reads slots too early or fills them too soon. */
  @ParameterizedTest
  @CsvSource({LOOP_BACK})
  void ignoredWait_isFound(String pattern) {
    String id = runDamaged(pattern, "").problems().get(0).id();
    assertTrue(id.matches("DG-EMU-(22|25|31)"), id);
  }

  /** What keeps the CTAs of a cluster apart that split k. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "fences # fence\\.proxy\\.async[^;]*; # '' # DG-EMU-23",
        "copy of the sums # cp\\.async\\.bulk\\.shared::cluster\\.shared::cta[^;]*; # '' # DG-EMU-10",
        "bytes of the copy # (cp\\.async\\.bulk\\.shared::cluster\\.shared::cta[^,]*, [^,]*, )\\d+ # '$11024' # DG-EMU-10",
        "news that sums were consumed # mbarrier\\.arrive\\.shared::cluster[^;]*; # '' # DG-EMU-10",
      })
  void faultOfAClusterThatSplitsK_isNamed(
      String what, String pattern, String replacement, String id) {
    KernelSpec alone = Specs.spec(Specs.Kind.BF16, 64, 64, 3, Multicast.NONE);
    KernelSpec spec = Specs.withTeam(alone, new Team(alone.threads(), 2));
    EmulatorException e = runDamaged(spec, pattern, replacement);
    assertEquals(id, e.problems().get(0).id(), what + ": " + e.getMessage());
  }

  private static EmulatorException runDamaged(String pattern, String replacement) {
    return runDamaged(Specs.spec(Specs.Kind.BF16, 64, 64, 2, Multicast.ON_A), pattern, replacement);
  }

  private static EmulatorException runDamaged(KernelSpec spec, String pattern, String replacement) {
    PtxModule good = new Sm90Kernels(new Sm90Spec()).emit(spec);
    Matcher matcher = Pattern.compile(pattern).matcher(good.text());
    String text = matcher.replaceAll(replacement);
    assertNotEquals(good.text(), text, "the kernel has nothing like " + pattern);
    PtxModule bad =
        new PtxModule(
            text, good.entry(), good.target(), good.threads(), good.cluster(), good.origins());
    // Several tiles for each CTA, and more blocks along k than slots.
    EmulatedGemm gemm = new EmulatedGemm(Specs.Kind.BF16.desc(150, 264, 330), 3);
    return assertThrows(
        EmulatorException.class,
        () -> gemm.run(bad, Specs.config(spec, Specs.Kind.BF16.desc(150, 264, 330), 2), 5));
  }
}
