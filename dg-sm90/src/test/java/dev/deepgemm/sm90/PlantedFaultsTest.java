package dev.deepgemm.sm90;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.emulator.EmulatorException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Faults planted into the kernels' text, of the kind that a GPU lets pass most of the time. If one of
 * these tests fails, the emulator has lost an eye, or the kernel no longer needs what was damaged.
 */
class PlantedFaultsTest {
  private static final String LOOP_BACK = "@!%p\\d+ bra \\$wait_\\d+;";
  private static final String WHOLE_WAIT =
      "\\$wait_\\d+:\\s*mbarrier\\.try_wait[^;]*;\\s*" + LOOP_BACK;

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
        "wait for the previous grid # griddepcontrol\\.wait; # '' # DG-EMU-28",
        "the producer's wait for the previous grid # (?s)griddepcontrol\\.wait;(.*griddepcontrol) # '$1' # DG-EMU-28",
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

  /** What keeps the CTAs of a cluster apart that split k, and what keeps them together. */
  @ParameterizedTest(name = "{0} is {3}")
  @CsvSource(
      delimiter = '#',
      value = {
        "fences # fence\\.proxy\\.async[^;]*; # '' # DG-EMU-23",
        "fence before the copy # fence\\.proxy\\.async[^;]*;(\\s*mov[^;]*;\\s*bar\\.sync) # '$1' # DG-EMU-23",
        "barrier before the copy # (fence\\.proxy\\.async[^;]*;\\s*mov[^;]*;\\s*)bar\\.sync[^;]*; # '$1' # DG-EMU-2[47]",
        "copy of the sums # cp\\.async\\.bulk\\.shared::cluster\\.shared::cta[^;]*; # '' # DG-EMU-10",
        "bytes of the copy # (cp\\.async\\.bulk\\.shared::cluster\\.shared::cta[^,]*, [^,]*, )\\d+ # '$11024' # DG-EMU-10",
        "news that slots are not needed # mbarrier\\.arrive\\.shared::cluster[^;]*;(\\s*\\$endif_\\d+:\\s*\\$wait) # '$1' # DG-EMU-10",
        "news that sums were taken in # (bar\\.warp[^;]*;[^;]*;[^;]*;[^;]*;\\s*)mbarrier\\.arrive[^;]*; # '$1' # DG-EMU-10",
      })
  void faultOfAClusterThatSplitsK_isNamed(
      String what, String pattern, String replacement, String id) {
    EmulatorException e = runDamaged(split(2), pattern, replacement);
    assertTrue(e.problems().get(0).id().matches(id), what + ": " + e.getMessage());
  }

  /**
   * Faults after which a kernel runs to its end: what it computes is the wrong thing, and the comparison
   * with double precision has to show it.
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '#',
      value = {
        // what # kind # layout, += # block_n # multicast # pattern # replacement
        "scales of B's neighbouring columns # FP8_1D1D # NT # 40 # NONE # (ld\\.shared\\.v2\\.f32 [^;]*)\\+32\\]; # '$1+40];'",
        "scales of A's neighbouring rows # FP8_1D1D # NT # 40 # NONE # (ld\\.shared\\.f32 [^;]*)\\+32\\]; # '$1+28];'",
        "scales of B of another step # FP8_1D1D # NT # 40 # NONE # (, 256, %r\\d+;\\s*cp\\.async\\.bulk[^{]*\\{)(%r\\d+), %r\\d+ # '$1$2, $2'",
        "leading offset of boxes of 32 bytes # BF16 # NN # 48 # NONE # , 8388608; # ', 4194304;'",
        "stride of MN-major lines # BF16 # NN # 48 # NONE # -1073741808; # '-1073741816;'",
        "half of k that the other CTA fetches # BF16 # TN # 64 # ON_A # mad\\.lo\\.u32 (%r\\d+, %r\\d+), 32, # 'mad.lo.u32 $1, 0,'",
        "halves of k where none is shared # BF16 # TN # 64 # ON_A # add\\.u32 (%r\\d+, %r\\d+), 32;(\\s*cp\\.async) # 'add.u32 $1, 0;$2'",
        "column of the second box # BF16 # TT # 64 # NONE # add\\.u32 (%r\\d+, %r\\d+), 64;(\\s*cp\\.async) # 'add.u32 $1, 0;$2'",
        "sum that is stored # BF16 # NT+ # 64 # NONE # cp\\.reduce(\\.async\\.bulk\\.tensor\\.2d\\.global\\.shared::cta)\\.add\\.tile # 'cp$1'",
        "sum that is added twice # BF16_FP32 # NT+ # 64 # NONE # (cp\\.reduce[^;]*;) # '$1 $1'",
      })
  void wrongProduct_isSeen(
      String what,
      Specs.Kind kind,
      String layout,
      int bn,
      Multicast multicast,
      String pattern,
      String replacement) {
    KernelSpec spec = other(kind, layout, bn, multicast);
    GemmDesc desc = GemmDesc.of(spec.signature(), new Shape.Dense(150, 264, 330));
    PtxModule good = new Sm90Kernels(new Sm90Spec()).emit(spec);
    PtxModule bad = module(spec, damage(good.text(), pattern, replacement));
    double error = new EmulatedGemm(desc, 3).run(bad, Specs.config(spec, desc, 2), 5);
    assertTrue(error > 0.02, what + ": relative error " + error);
  }

  /** A slot that is released while a warp still reads scales in it. */
  @ParameterizedTest
  @ValueSource(ints = {24, 152})
  void releaseBeforeScalesWereRead_isFound(int bn) {
    KernelSpec spec = other(Specs.Kind.FP8_1D1D, "NT", bn, Multicast.NONE);
    String reading = "((?:\\s*(?:ld\\.shared\\.v2|mul|fma|fence\\.proxy|bar\\.warp)[^;]*;)+)";
    String release =
        "(\\s*(?:add[^;]*;\\s*mad[^;]*;\\s*)?@!%p\\d+ bra \\$endif_\\d+;\\s*mbarrier\\.arrive[^;]*;\\s*\\$endif_\\d+:)";
    EmulatorException e =
        runDamaged(spec, "(wgmma\\.wait_group[^;]*;)" + reading + release, "$1$3$2");
    assertTrue(e.problems().get(0).id().matches("DG-EMU-2[25]"), e.getMessage());
  }

  /** TMA adds what was staged, and may not have been staged yet. */
  @Test
  void sumThatIsAddedWithoutFence_isFound() {
    KernelSpec spec = other(Specs.Kind.BF16, "NT+", 64, Multicast.NONE);
    EmulatorException e = runDamaged(spec, "fence\\.proxy\\.async[^;]*;", "");
    assertEquals("DG-EMU-23", e.problems().get(0).id(), e.getMessage());
  }

  private static KernelSpec other(Specs.Kind kind, String layout, int bn, Multicast multicast) {
    Signature signature = kind.signature(layout, layout.endsWith("+"));
    return Specs.spec(signature, 128, bn, 2, multicast, Specs.team(128, 1, 1));
  }

  /** What TMA does by itself, warps that store have to. */
  @Test
  void storeBehindTheEdgesOfD_isFound() {
    KernelSpec spec = Specs.spec(Specs.Kind.BF16, 64, 64, 2, Multicast.ON_A);
    EmulatorException e =
        runDamaged(spec, "@!%p\\d+ bra \\$endif_\\d+;(\\s*ld\\.shared\\.v4)", "$1");
    assertTrue(e.problems().get(0).id().matches("DG-EMU-2."), e.getMessage());
  }

  /** Who does not wait meets a load, a copy or a wgmma that is under way; which of them, is chance. */
  @ParameterizedTest(name = "{0}, cluster of {3}")
  @CsvSource(
      delimiter = '#',
      value = {
        "producer that awaits no end of the exchange # (setp\\.gt\\.u32 [^;]*, 0;[^;]*;\\s*)WAIT # '$1' # 2",
        "producer that awaits no end of the exchange # (setp\\.gt\\.u32 [^;]*, 0;[^;]*;\\s*)WAIT # '$1' # 4",
        "outbox that awaits nobody's loop # (mbarrier\\.arrive\\.shared::cluster[^;]*;\\s*\\$endif_\\d+:\\s*)WAIT # '$1' # 2",
        "outbox that awaits nobody's loop # (mbarrier\\.arrive\\.shared::cluster[^;]*;\\s*\\$endif_\\d+:\\s*)WAIT # '$1' # 4",
        "sums that were not awaited # WAIT(\\s*add[^;]*;\\s*ld\\.shared) # '$1' # 2",
        "sums that were not awaited # WAIT(\\s*add[^;]*;\\s*ld\\.shared) # '$1' # 4",
      })
  void missingWaitOfAClusterThatSplitsK_isFound(
      String what, String pattern, String replacement, int splitK) {
    EmulatorException e =
        runDamaged(split(splitK), pattern.replace("WAIT", WHOLE_WAIT), replacement);
    String id = e.problems().get(0).id();
    assertTrue(id.matches("DG-EMU-2[245]"), what + ": " + e.getMessage());
  }

  /**
   * A producer without a step of k is not held up by anything, and nobody waits for it: where it is late,
   * the phases of a barrier are past that it would have awaited. So it awaits none.
   */
  @Test
  void lateProducerWithoutSteps_awaitsNoPhase() {
    KernelSpec spec = split(4);
    GemmDesc desc = Specs.Kind.BF16.desc(100, 136, 64);
    String late = slowProducers(new Sm90Kernels(new Sm90Spec()).emit(spec).text());
    EmulatedGemm gemm = new EmulatedGemm(desc, 3);
    assertTrue(gemm.run(module(spec, late), Specs.config(spec, desc, 4), 5) < 2.2e-3);

    String waits = "(\\$soon:\\s*)@!%p\\d+ bra [^;]*;(\\s*" + WHOLE_WAIT + ")";
    String damaged = damage(late, waits, "$1$2");
    EmulatorException e =
        assertThrows(
            EmulatorException.class,
            () -> gemm.run(module(spec, damaged), Specs.config(spec, desc, 4), 5));
    assertEquals("DG-EMU-10", e.problems().get(0).id(), e.getMessage());
  }

  /** Producers without a step count to 10,000 before each tile. */
  private static String slowProducers(String text) {
    String delay =
        "$1\n@$2 bra \\$soon;\nmov.u32 %late, 0;\n\\$late:\nadd.u32 %late, %late, 1;\n"
            + "setp.lt.u32 %soon, %late, 10000;\n@%soon bra \\$late;\n\\$soon:\n$3";
    String slow =
        damage(text, "(setp\\.gt\\.u32 (%p\\d+), %r\\d+, 0;)([^;]*;\\s*" + WHOLE_WAIT + ")", delay);
    return slow.replaceFirst("(\\.reg \\.pred)", ".reg .b32 %late;\n.reg .pred %soon;\n$1");
  }

  private static KernelSpec split(int splitK) {
    KernelSpec alone = Specs.spec(Specs.Kind.BF16, 64, 64, 3, Multicast.NONE);
    return Specs.withTeam(alone, new Team(alone.threads(), splitK));
  }

  private static EmulatorException runDamaged(String pattern, String replacement) {
    return runDamaged(Specs.spec(Specs.Kind.BF16, 64, 96, 2, Multicast.ON_A), pattern, replacement);
  }

  private static EmulatorException runDamaged(KernelSpec spec, String pattern, String replacement) {
    PtxModule good = new Sm90Kernels(new Sm90Spec()).emit(spec);
    PtxModule bad = module(spec, damage(good.text(), pattern, replacement));
    // Several tiles for each CTA, and more blocks along k than slots.
    GemmDesc desc = GemmDesc.of(spec.signature(), new Shape.Dense(150, 264, 330));
    EmulatedGemm gemm = new EmulatedGemm(desc, 3);
    int sms = Math.max(2, spec.cluster());
    return assertThrows(
        EmulatorException.class, () -> gemm.run(bad, Specs.config(spec, desc, sms), 5));
  }

  private static String damage(String text, String pattern, String replacement) {
    String damaged = Pattern.compile(pattern).matcher(text).replaceAll(replacement);
    assertNotEquals(text, damaged, "the kernel has nothing like " + pattern);
    return damaged;
  }

  /** The module of a kernel with another text; lines keep their origins as far as there are any. */
  private static PtxModule module(KernelSpec spec, String text) {
    PtxModule good = new Sm90Kernels(new Sm90Spec()).emit(spec);
    List<String> origins = new ArrayList<>(good.origins());
    while (origins.size() < text.lines().count()) {
      origins.add("");
    }
    return good.toBuilder().text(text).origins(origins).build();
  }
}
