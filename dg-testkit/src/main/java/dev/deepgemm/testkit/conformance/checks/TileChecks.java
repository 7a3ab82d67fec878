package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.testkit.conformance.spec.Product;
import java.util.List;

/** S-06 to S-10: candidates, and what the plugin says about each legal tile. */
final class TileChecks {
  private static final int COPY_BYTES = 16;
  private static final int WARP = 32;

  /** What every device of compute capability 9.0 and later takes. */
  private static final int MAX_CLUSTER = 8;

  private static final int MAX_THREADS = 1024;
  private static final Swizzles WIDEST = new Swizzles(128, 128, 128);

  private TileChecks() {}

  static void candidates(Subject subject, Findings findings) {
    ArchSpec arch = subject.arch();
    for (Signature signature : subject.signatures()) {
      list(findings, "block_m", arch.blockMs(signature), signature);
      list(findings, "block_n", arch.blockNs(signature), signature);
      int bytes = arch.blockK(signature) * signature.aType().bytes();
      findings.check(
          bytes > 0 && bytes % COPY_BYTES == 0,
          "block_k is %d (%d bytes) for %s; legal: a multiple of %d bytes",
          arch.blockK(signature),
          bytes,
          signature,
          COPY_BYTES);
      int[] legal = {0};
      Subject.forEachLegalTile(arch, signature, tile -> legal[0]++);
      findings.check(legal[0] > 0, "no tile is legal for %s", signature);
    }
  }

  private static void list(
      Findings findings, String name, List<Integer> values, Signature signature) {
    findings.check(
        !values.isEmpty()
            && values.stream().allMatch(value -> value > 0)
            && values.stream().distinct().count() == values.size(),
        "%s of %s is one of %s; legal: positive numbers, each once, at least one",
        name,
        signature,
        values);
  }

  static void sharedMemory(Subject subject, Findings findings) {
    ArchSpec arch = subject.arch();
    for (Product product : ProblemSet.products(arch)) {
      GemmDesc desc = product.problem(512, 512, 512, arch.defaultNumSms());
      Subject.forEachLegalTile(
          arch,
          desc.signature(),
          tile -> {
            for (Multicast side : Multicast.values()) {
              if (side == Multicast.NONE
                  || arch.multicast(desc, tile, side, desc.smLimit()).isLegal()) {
                sharedMemory(findings, arch, desc, tile, side);
              }
            }
          });
    }
  }

  private static void sharedMemory(
      Findings findings, ArchSpec arch, GemmDesc desc, Tile tile, Multicast side) {
    Tile loaded = arch.loadedTile(tile, side);
    Team team = Subject.usualTeam(arch, desc.signature(), tile);
    SmemUsage smem = arch.smem(desc, tile, side, team, WIDEST);
    int a = loaded.m() * tile.k() * desc.aType().bytes();
    int b = loaded.n() * tile.k() * desc.bType().bytes();
    findings.check(
        smem.perStage() >= a + b,
        "a stage of tile %s has %,d bytes for %s; A needs %,d and B %,d",
        tile,
        smem.perStage(),
        desc,
        a,
        b);
  }

  static void threads(Subject subject, Findings findings) {
    ArchSpec arch = subject.arch();
    for (Signature signature : subject.signatures()) {
      Subject.forEachLegalTile(
          arch,
          signature,
          tile -> {
            Team usual = Subject.usualTeam(arch, signature, tile);
            List<Team> teams = arch.teams(signature, tile);
            findings.check(
                !teams.isEmpty()
                    && teams.get(0).equals(usual)
                    && teams.stream().distinct().count() == teams.size(),
                "tile %s has %s and the teams %s; the first has to be the same",
                tile,
                usual,
                teams);
            teams.forEach(team -> team(findings, tile, team));
          });
    }
  }

  private static void team(Findings findings, Tile tile, Team team) {
    ThreadRoles roles = team.threads();
    findings.check(
        team.splitK() <= MAX_CLUSTER,
        "tile %s is split among %d CTAs; at most %d in a cluster everywhere",
        tile,
        team.splitK(),
        MAX_CLUSTER);
    boolean whole = roles.parts().stream().allMatch(part -> part.threads() % WARP == 0);
    findings.check(
        whole && roles.total() >= WARP && roles.total() <= MAX_THREADS,
        "tile %s has %s; legal: whole warps, 32 to 1024 threads in all",
        tile,
        roles);
  }

  static void sharing(Subject subject, Findings findings) {
    ArchSpec arch = subject.arch();
    for (GemmDesc desc : subject.problemsOfAllSms()) {
      Subject.forEachLegalTile(
          arch,
          desc.signature(),
          tile -> {
            findings.check(
                arch.loadedTile(tile, Multicast.NONE).equals(tile),
                "without sharing a CTA loads %s of tile %s",
                arch.loadedTile(tile, Multicast.NONE),
                tile);
            for (Multicast side : List.of(Multicast.ON_A, Multicast.ON_B)) {
              for (int odd : List.of(1, 3, 77, 131)) {
                findings.check(
                    !arch.multicast(desc, tile, side, odd).isLegal(),
                    "multicast %s is legal on %d SMs for tile %s of %s",
                    side,
                    odd,
                    tile,
                    desc);
              }
              if (arch.multicast(desc, tile, side, 2).isLegal()) {
                share(findings, tile, side, arch.loadedTile(tile, side));
              }
            }
          });
    }
  }

  private static void share(Findings findings, Tile tile, Multicast side, Tile loaded) {
    findings.check(
        loaded.k() == tile.k()
            && loaded.m() <= tile.m()
            && loaded.n() <= tile.n()
            && loaded.m() * (side == Multicast.ON_A ? side.ctas() : 1) >= tile.m()
            && loaded.n() * (side == Multicast.ON_B ? side.ctas() : 1) >= tile.n(),
        "with multicast %s a CTA loads %s of tile %s",
        side,
        loaded,
        tile);
  }

  static void reasons(Subject subject, Findings findings) {
    ArchSpec arch = subject.arch();
    for (Product product : ProblemSet.products(arch)) {
      Signature signature = product.signature();
      GemmDesc desc = product.problem(512, 512, 512, 3);
      Subject.forEachTile(
          arch,
          signature,
          tile -> {
            Legality legality = arch.tile(signature, tile);
            reason(findings, "tile " + tile, legality);
            if (legality.isLegal()) {
              reason(findings, "32 stages", arch.stages(signature, tile, 32));
              reason(findings, "multicast", arch.multicast(desc, tile, Multicast.ON_A, 3));
            }
          });
    }
    for (Product product : Product.all()) {
      for (Problem problem : arch.unsupported(product.signature())) {
        findings.check(!problem.message().isBlank(), "%s has no message", problem.id());
      }
    }
  }

  private static void reason(Findings findings, String what, Legality legality) {
    findings.check(
        legality.isLegal() == legality.reason().isBlank(),
        "%s is %s with the reason \"%s\"",
        what,
        legality.isLegal() ? "legal" : "illegal",
        legality.reason());
  }
}
