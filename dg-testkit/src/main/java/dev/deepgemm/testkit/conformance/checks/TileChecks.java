package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.SmemUsage;
import dev.deepgemm.api.Swizzles;
import dev.deepgemm.api.Team;
import dev.deepgemm.api.ThreadRoles;
import dev.deepgemm.api.Tile;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.testkit.conformance.spec.Capability;
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
    for (GemmDesc desc : subject.problemsOfAllSms()) {
      list(findings, "block_m", arch.blockMs(desc), desc);
      list(findings, "block_n", arch.blockNs(desc), desc);
      int blockK = arch.blockK(desc);
      findings.check(
          blockK > 0 && blockK * desc.aType().bytes() % COPY_BYTES == 0,
          "block_k is %d (%d bytes) for %s; legal: a multiple of %d bytes",
          blockK,
          blockK * desc.aType().bytes(),
          desc,
          COPY_BYTES);
      int[] legal = {0};
      subject.forEachLegalTile(desc, tile -> legal[0]++);
      findings.check(legal[0] > 0, "no tile is legal for %s", desc);
    }
  }

  private static void list(Findings findings, String name, List<Integer> values, GemmDesc desc) {
    findings.check(!values.isEmpty(), "no candidates for %s of %s", name, desc);
    findings.check(
        values.stream().allMatch(value -> value > 0)
            && values.stream().distinct().count() == values.size(),
        "candidates for %s of %s are %s; legal: positive, each once",
        name,
        desc,
        values);
  }

  static void sharedMemory(Subject subject, Findings findings) {
    ArchSpec arch = subject.arch();
    for (GemmDesc desc : subject.problemsOfAllSms()) {
      subject.forEachLegalTile(
          desc,
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
    SmemUsage smem = arch.smem(desc, tile, loaded, WIDEST);
    int element = desc.aType().bytes();
    holds(findings, "A", smem.aPerStage(), loaded.m() * tile.k() * element, desc, tile);
    holds(findings, "B", smem.bPerStage(), loaded.n() * tile.k() * element, desc, tile);
    int least =
        List.of(
                smem.tensorMaps(),
                smem.d(),
                smem.sfaPerStage(),
                smem.sfbPerStage(),
                smem.extraSfb(),
                smem.barriersPerStage(),
                smem.barriersFixed(),
                smem.tmemPointer(),
                smem.partials())
            .stream()
            .reduce(0, Math::min);
    findings.check(least >= 0, "a part of %s is negative for %s, tile %s", smem, desc, tile);
  }

  private static void holds(
      Findings findings, String name, int bytes, int needed, GemmDesc desc, Tile tile) {
    findings.check(
        bytes >= needed,
        "a stage has %,d bytes for %s; the tile %s of %s needs %,d",
        bytes,
        name,
        tile,
        desc,
        needed);
  }

  static void threads(Subject subject, Findings findings) {
    ArchSpec arch = subject.arch();
    for (GemmDesc desc : subject.problemsOfAllSms()) {
      subject.forEachLegalTile(
          desc,
          tile -> {
            Team usual = Team.of(arch.threads(desc, tile));
            List<Team> teams = arch.teams(desc, tile);
            findings.check(
                !teams.isEmpty()
                    && teams.get(0).equals(usual)
                    && teams.stream().distinct().count() == teams.size(),
                "tile %s has %s and the teams %s; the first has to be the same",
                tile,
                usual,
                teams);
            teams.forEach(team -> team(findings, tile, team));
            Tile loaded = arch.loadedTile(tile, Multicast.NONE);
            SmemUsage plain = arch.smem(desc, tile, loaded, WIDEST);
            SmemUsage first = arch.smem(desc, tile, loaded, WIDEST, usual);
            findings.check(plain.equals(first), "tile %s takes %s or %s", tile, plain, first);
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
    boolean whole =
        List.of(roles.tma(), roles.math(), roles.nonEpilogue(), roles.epilogue()).stream()
            .allMatch(count -> count >= 0 && count % WARP == 0);
    findings.check(
        whole && roles.total() >= WARP && roles.total() <= MAX_THREADS,
        "tile %s has %s; legal: whole warps, 32 to 1024 threads in all",
        tile,
        roles);
  }

  static void sharing(Subject subject, Findings findings) {
    ArchSpec arch = subject.arch();
    for (GemmDesc desc : subject.problemsOfAllSms()) {
      subject.forEachLegalTile(
          desc,
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
    for (GemmDesc desc : subject.problemsOfAllSms()) {
      for (int m : arch.blockMs(desc)) {
        for (int n : arch.blockNs(desc)) {
          Tile tile = new Tile(m, n, arch.blockK(desc));
          reason(findings, "tile " + tile, arch.tile(desc, tile));
          reason(findings, "stages", arch.stages(desc, tile, 32));
          reason(findings, "multicast", arch.multicast(desc, tile, Multicast.ON_A, 3));
        }
      }
    }
    for (Capability capability : Capability.values()) {
      if (capability.hasProblems()) {
        for (Problem problem : arch.unsupported(capability.problem(256, 256, 256, 2))) {
          findings.check(!problem.message().isBlank(), "%s has no message", problem.id());
        }
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
