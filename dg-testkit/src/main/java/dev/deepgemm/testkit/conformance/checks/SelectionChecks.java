package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.SmemUsage;
import dev.deepgemm.api.Swizzles;
import dev.deepgemm.api.ThreadRoles;
import dev.deepgemm.api.Tile;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.testkit.conformance.spec.Capability;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** S-04, S-13, S-14: answers that hold, and what the selector makes of them. */
final class SelectionChecks {
  private static final Swizzles WIDEST = new Swizzles(128, 128, 128);
  private static final int MAX_STAGES = 32;

  private SelectionChecks() {}

  static void pure(Subject subject, Findings findings) throws InterruptedException {
    List<String> first = answers(subject.arch(), subject.problems());
    same(findings, "asked again", first, answers(subject.arch(), subject.problems()));
    same(findings, "another instance", first, answers(subject.another(), subject.problems()));
    Callable<List<String>> ask = () -> answers(subject.arch(), subject.problems());
    for (List<String> answer : twoThreads(ask)) {
      same(findings, "another thread", first, answer);
    }
  }

  private static void same(Findings findings, String how, List<String> a, List<String> b) {
    for (int i = 0; i < a.size(); i++) {
      findings.check(a.get(i).equals(b.get(i)), "%s: %s became %s", how, a.get(i), b.get(i));
    }
  }

  /** What a callable answers on two threads at once. */
  static <T> List<T> twoThreads(Callable<T> ask) throws InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<T> answers = new ArrayList<>();
      for (Future<T> answer : threads.invokeAll(List.of(ask, ask))) {
        answers.add(answer.get());
      }
      return answers;
    } catch (ExecutionException e) {
      throw new IllegalStateException("on another thread: " + e.getCause(), e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  private static List<String> answers(ArchSpec arch, List<GemmDesc> problems) {
    List<String> answers = new ArrayList<>();
    answers.add(
        List.of(
                arch.id(),
                arch.target(),
                arch.computeCapability(),
                arch.smemCapacity(),
                arch.defaultNumSms())
            .toString());
    for (GemmDesc desc : problems) {
      StringBuilder answer = new StringBuilder();
      answer.append(desc).append(arch.blockMs(desc)).append(arch.blockNs(desc));
      for (int m : arch.blockMs(desc)) {
        for (int n : arch.blockNs(desc)) {
          Tile tile = new Tile(m, n, arch.blockK(desc));
          answer
              .append(arch.tile(desc, tile).isLegal())
              .append(arch.stages(desc, tile, MAX_STAGES).isLegal())
              .append(arch.multicast(desc, tile, Multicast.ON_B, desc.smLimit()).isLegal())
              .append(arch.threads(desc, tile).total())
              .append(arch.smem(desc, tile, tile, WIDEST).total(1));
        }
      }
      answers.add(answer.toString());
    }
    return answers;
  }

  static void selection(Subject subject, Findings findings) {
    for (Heuristics heuristics : Heuristics.values()) {
      selection(subject, findings, heuristics);
    }
  }

  private static void selection(Subject subject, Findings findings, Heuristics heuristics) {
    ArchSpec arch = subject.arch();
    boolean follows = subject.capabilities().has(Capability.MINIMIZE_SMS_SWITCH);
    for (GemmDesc desc : subject.problems()) {
      GemmConfig all;
      GemmConfig few;
      try {
        all = subject.select(desc, false, heuristics);
        few = subject.select(desc, true, heuristics);
      } catch (UnsupportedGemmException e) {
        findings.check(false, "%s gets no configuration: %s", desc, e.getMessage());
        continue;
      }
      KernelSpec kernel = few.kernel();
      findings.check(
          few.smemBytes() <= arch.smemCapacity(),
          "%s takes %,d bytes of shared memory; there are %,d",
          desc,
          few.smemBytes(),
          arch.smemCapacity());
      findings.check(
          kernel.arch().equals(arch.id())
              && arch.tile(desc, kernel.tile()).isLegal()
              && arch.stages(desc, kernel.tile(), kernel.stages()).isLegal(),
          "%s gets %s, which the plugin calls illegal",
          desc,
          kernel.id());
      findings.check(
          few.kernel().equals(all.kernel()),
          "%s: minimising changes the kernel from %s to %s",
          desc,
          all.kernel().id(),
          kernel.id());
      findings.check(
          few.numSms() <= all.numSms()
              && few.numSms() % kernel.cluster() == 0
              && few.waves() == all.waves(),
          "%s: minimised to %d SMs and %d waves from %d SMs and %d waves",
          desc,
          few.numSms(),
          few.waves(),
          all.numSms(),
          all.waves());
      findings.check(
          !follows || all.numSms() == desc.smLimit() / kernel.splitK() * kernel.splitK(),
          "%s: with the switch off %d SMs of %d are used",
          desc,
          all.numSms(),
          desc.smLimit());
    }
  }

  static void identity(Subject subject, Findings findings) {
    ArchSpec arch = subject.arch();
    for (Capability capability : Capability.values()) {
      if (capability.hasProblems()) {
        identity(subject, findings, arch, capability);
      }
    }
  }

  private static void identity(
      Subject subject, Findings findings, ArchSpec arch, Capability capability) {
    GemmDesc base = capability.problem(256, 256, 512, arch.defaultNumSms());
    if (!arch.unsupported(base).isEmpty()) {
      return;
    }
    for (int sms : List.of(1, 2, 20, 77, 78, arch.defaultNumSms() - 1)) {
      GemmDesc other = capability.problem(256, 256, 512, sms);
      findings.check(
          arch.blockMs(base).equals(arch.blockMs(other))
              && arch.blockNs(base).equals(arch.blockNs(other)),
          "candidates of %s depend on the SM limit: %d against %d",
          capability,
          sms,
          base.smLimit());
      subject.forEachLegalTile(base, tile -> sameTile(findings, arch, tile, base, other, true));
    }
    for (int[] size : new int[][] {{1, 64, 64}, {77, 136, 200}, {4096, 7168, 16384}}) {
      GemmDesc other = capability.problem(size[0], size[1], size[2], arch.defaultNumSms());
      subject.forEachLegalTile(base, tile -> sameTile(findings, arch, tile, base, other, false));
    }
  }

  private static void sameTile(
      Findings findings, ArchSpec arch, Tile tile, GemmDesc a, GemmDesc b, boolean sameSizes) {
    ThreadRoles roles = arch.threads(a, tile);
    findings.check(
        roles.equals(arch.threads(b, tile)),
        "threads of tile %s are %s for %s and %s for %s",
        tile,
        roles,
        a,
        arch.threads(b, tile),
        b);
    findings.check(
        arch.blockK(a) == arch.blockK(b) && arch.swizzlesD(a) == arch.swizzlesD(b),
        "block_k or the swizzling of D differ between %s and %s",
        a,
        b);
    SmemUsage one = arch.smem(a, tile, tile, WIDEST);
    SmemUsage two = arch.smem(b, tile, tile, WIDEST);
    findings.check(
        one.perStage() == two.perStage() && one.d() == two.d(),
        "a stage of tile %s is %s for %s and %s for %s",
        tile,
        one,
        a,
        two,
        b);
    if (sameSizes) {
      for (int stages = 1; stages <= MAX_STAGES; stages++) {
        findings.check(
            arch.stages(a, tile, stages).isLegal() == arch.stages(b, tile, stages).isLegal(),
            "%d stages of tile %s are legal for one of %s and %s only",
            stages,
            tile,
            a,
            b);
      }
    }
  }
}
