package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.testkit.conformance.spec.Capability;
import dev.deepgemm.testkit.conformance.spec.Product;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** S-04, S-13, S-14, S-24: answers that hold, and what the selector makes of them. */
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
    for (Product product : ProblemSet.products(arch)) {
      answers(arch, product.signature(), answers);
    }
    Map<Signature, List<Tile>> tiles = new HashMap<>();
    for (GemmDesc desc : problems) {
      StringBuilder answer = new StringBuilder();
      answer.append(desc).append(arch.candidateMs(desc));
      boolean allSms = desc.smLimit() == arch.defaultNumSms();
      for (Tile tile : tiles.computeIfAbsent(desc.signature(), it -> legalTiles(arch, it))) {
        answer
            .append(arch.candidate(desc, tile).isLegal())
            .append(arch.multicast(desc, tile, Multicast.ON_B, desc.smLimit()).isLegal())
            .append(allSms ? smem(arch, desc, tile).total(1) : 0);
      }
      answers.add(answer.toString());
    }
    return answers;
  }

  private static void answers(ArchSpec arch, Signature signature, List<String> answers) {
    answers.add(
        List.of(
                signature,
                arch.blockMs(signature),
                arch.blockNs(signature),
                arch.blockK(signature),
                arch.swizzlesD(signature))
            .toString());
    Subject.forEachTile(
        arch,
        signature,
        tile -> {
          StringBuilder answer = new StringBuilder();
          Legality legality = arch.tile(signature, tile);
          answer.append(signature).append(tile).append(legality);
          if (legality.isLegal()) {
            answer
                .append(arch.stages(signature, tile, MAX_STAGES).isLegal())
                .append(arch.teams(signature, tile));
          }
          answers.add(answer.toString());
        });
  }

  private static List<Tile> legalTiles(ArchSpec arch, Signature signature) {
    List<Tile> tiles = new ArrayList<>();
    Subject.forEachLegalTile(arch, signature, tiles::add);
    return tiles;
  }

  private static SmemUsage smem(ArchSpec arch, GemmDesc desc, Tile tile) {
    Team team = Subject.usualTeam(arch, desc.signature(), tile);
    return arch.smem(desc, tile, Multicast.NONE, team, WIDEST);
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
              && arch.tile(desc.signature(), kernel.tile()).isLegal()
              && arch.stages(desc.signature(), kernel.tile(), kernel.stages()).isLegal(),
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
    for (Product product : ProblemSet.products(subject.arch())) {
      identity(subject.arch(), product, findings);
    }
  }

  private static void identity(ArchSpec arch, Product product, Findings findings) {
    int all = arch.defaultNumSms();
    GemmDesc base = product.problem(256, 256, 512, all);
    List<GemmDesc> others = new ArrayList<>();
    for (int sms : List.of(1, 2, 20, 77, 78, all - 1)) {
      GemmDesc other = base.withSmLimit(sms);
      others.add(other);
      findings.check(
          arch.candidateMs(base).equals(arch.candidateMs(other)),
          "candidates of %s depend on the SM limit: %s for %d against %s for %d",
          product,
          arch.candidateMs(other),
          sms,
          arch.candidateMs(base),
          all);
    }
    for (int[] size : new int[][] {{1, 64, 64}, {77, 136, 200}, {4096, 7168, 16384}}) {
      others.add(product.problem(size[0], size[1], size[2], all));
    }
    Subject.forEachLegalTile(
        arch,
        product.signature(),
        tile -> {
          SmemUsage one = smem(arch, base, tile);
          for (GemmDesc other : others) {
            SmemUsage two = smem(arch, other, tile);
            findings.check(
                one.perStage() == two.perStage(),
                "a stage of tile %s is %s for %s and %s for %s",
                tile,
                one,
                base,
                two,
                other);
            findings.check(
                other.smLimit() == all
                    || arch.candidate(base, tile).isLegal()
                        == arch.candidate(other, tile).isLegal(),
                "whether tile %s is a candidate depends on the SM limit: %s",
                tile,
                other);
          }
        });
  }

  /** S-24. */
  static void consistency(Subject subject, Findings findings) {
    ArchSpec arch = subject.arch();
    Map<Signature, List<Tile>> tiles = new HashMap<>();
    for (GemmDesc desc : subject.problemsOfAllSms()) {
      List<Integer> candidates = arch.candidateMs(desc);
      List<Integer> possible = arch.blockMs(desc.signature());
      findings.check(
          !candidates.isEmpty()
              && possible.containsAll(candidates)
              && candidates.stream().distinct().count() == candidates.size(),
          "candidates for block_m of %s are %s; legal: some of %s, each once",
          desc,
          candidates,
          possible);
      boolean any = false;
      for (Tile tile : tiles.computeIfAbsent(desc.signature(), it -> legalTiles(arch, it))) {
        if (candidates.contains(tile.m())) {
          Legality legality = arch.candidate(desc, tile);
          any |= legality.isLegal();
          findings.check(
              legality.isLegal() == legality.reason().isBlank(),
              "tile %s of %s is %s candidate with the reason \"%s\"",
              tile,
              desc,
              legality.isLegal() ? "a" : "no",
              legality.reason());
        }
      }
      findings.check(any, "no tile that a kernel can have is a candidate for %s", desc);
    }
    for (Signature signature : subject.signatures()) {
      Subject.forEachLegalTile(
          arch,
          signature,
          tile ->
              arch.teams(signature, tile)
                  .forEach(team -> division(findings, arch, signature, tile, team)));
    }
  }

  private static void division(
      Findings findings, ArchSpec arch, Signature signature, Tile tile, Team team) {
    int columns = arch.storedColumns(signature, tile, team);
    findings.check(
        columns <= tile.n()
            && columns * team.splitK() >= tile.n()
            && arch.kSlices(signature, tile, team) >= 1,
        "tile %s with %s: a CTA stores %d columns, %d slices along k; legal: all %d columns among %d"
            + " CTAs, 1 slice or more",
        tile,
        team,
        columns,
        arch.kSlices(signature, tile, team),
        tile.n(),
        team.splitK());
  }
}
