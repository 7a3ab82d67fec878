package dev.deepgemm.guard;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.guard.Problems.Kind;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.spi.ArchSpec;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A kernel that no policy need choose, put together from what its architecture calls legal.
 *
 * @param kind what is multiplied
 * @param tile the CTA's tile
 * @param stages depth of the pipeline
 * @param multicast which operand a cluster shares
 * @param team who works on one tile
 */
record ListedKernel(Kind kind, Tile tile, int stages, Multicast multicast, Team team) {
  private static final List<Integer> ROWS = List.of(16, 32, 64, 128, 256);

  /** 96, 144, 160 and 192 meet two blocks of B's scales in one tile. */
  private static final List<Integer> COLUMNS =
      List.of(128, 96, 64, 160, 32, 192, 112, 16, 144, 256);

  private static final int MOST_STAGES = 6;

  /** The kernel for a problem of a size that its tile may be used for. */
  GemmConfig config(ArchSpec arch) {
    return config(arch, rows(tile.m()), 2000, 1000);
  }

  GemmConfig config(ArchSpec arch, int m, int n, int k) {
    return ConfigSelector.create(Options.defaults())
        .configure(arch, kind.problem(m, n, k), tile, stages, multicast, team);
  }

  /** One of several, by nothing but what the kernel is. */
  boolean isOneIn(int several) {
    int sum =
        kind.ordinal()
            + tile.m() / 16
            + tile.n() / 16
            + stages
            + 2 * multicast.ordinal()
            + team.threads().of(ThreadRoles.MATH) / 128
            + 3 * team.splitK();
    return sum % several == 0;
  }

  /** Tiles of 16 and 32 rows are for problems that have no more. */
  static int rows(int tileRows) {
    return tileRows < 64 ? tileRows - 3 : 3 * tileRows + 5;
  }

  /** The deepest pipeline up to a bound, if there is one at all. */
  private static Optional<ListedKernel> deepest(
      ArchSpec arch, Kind kind, Tile tile, int bound, Multicast multicast, Team team) {
    for (int stages = bound; stages > 0; stages--) {
      ListedKernel kernel = new ListedKernel(kind, tile, stages, multicast, team);
      if (kernel.isLegal(arch)) {
        return Optional.of(kernel);
      }
    }
    return Optional.empty();
  }

  private boolean isLegal(ArchSpec arch) {
    try {
      return arch.kernels().orElseThrow().canEmit(config(arch).kernel()).isLegal();
    } catch (UnsupportedGemmException e) {
      return false;
    }
  }

  /**
   * For each kind and each number of rows: every team that some tile has, alone or with a sharing, and
   * the smallest with each of them; and every number of columns, with as many stages as fit or with one.
   * Which number of columns a team gets depends on nothing but the team, so that a new one leaves the
   * others as they are.
   */
  static List<ListedKernel> all(ArchSpec arch) {
    Set<ListedKernel> found = new LinkedHashSet<>();
    for (Kind kind : Kind.values()) {
      for (int rows : ROWS) {
        for (Team team : teams(arch, kind, rows)) {
          for (Multicast multicast : sharings(team, rows)) {
            withSomeColumns(arch, kind, rows, multicast, team).ifPresent(found::add);
          }
        }
        for (int columns : COLUMNS) {
          Tile tile = tile(arch, kind, rows, columns);
          Team classic = Team.of(arch.threads(kind.signature(), tile));
          int bound = (rows / 32 + columns / 16) % 2 == 0 ? 1 : MOST_STAGES;
          deepest(arch, kind, tile, bound, Multicast.NONE, classic).ifPresent(found::add);
        }
      }
    }
    return List.copyOf(found);
  }

  private static List<Multicast> sharings(Team team, int rows) {
    int warpgroups = team.threads().of(ThreadRoles.MATH) / 128;
    if (team.splitK() > 1) {
      return List.of(Multicast.NONE);
    }
    return warpgroups <= 2
        ? List.of(Multicast.values())
        : List.of(Multicast.values()[(warpgroups + ROWS.indexOf(rows)) % 3]);
  }

  private static Optional<ListedKernel> withSomeColumns(
      ArchSpec arch, Kind kind, int rows, Multicast multicast, Team team) {
    int first =
        ROWS.indexOf(rows)
            + team.threads().of(ThreadRoles.MATH) / 128
            + 3 * team.splitK()
            + 5 * multicast.ordinal();
    for (int i = 0; i < COLUMNS.size(); i++) {
      Tile tile = tile(arch, kind, rows, COLUMNS.get((first + i) % COLUMNS.size()));
      Optional<ListedKernel> kernel = deepest(arch, kind, tile, MOST_STAGES, multicast, team);
      if (kernel.isPresent()) {
        return kernel;
      }
    }
    return Optional.empty();
  }

  private static List<Team> teams(ArchSpec arch, Kind kind, int rows) {
    Set<Team> teams = new LinkedHashSet<>();
    for (int columns : COLUMNS) {
      teams.addAll(arch.teams(kind.signature(), tile(arch, kind, rows, columns)));
    }
    return new ArrayList<>(teams);
  }

  private static Tile tile(ArchSpec arch, Kind kind, int rows, int columns) {
    return new Tile(rows, columns, arch.blockK(kind.signature()));
  }
}
