package dev.deepgemm.heuristics;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.spi.PluginGuard;
import dev.deepgemm.spi.Tuning;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Every configuration that is worth measuring: each legal tile, sharing and team, with the deepest
 * pipeline.
 *
 * <p>The deepest that fits for k up to {@link #DEEPEST_K}, that is, since on some architectures shared
 * memory depends on k. A depth of its own for each k would make kernels that differ in their last stage
 * and in nothing that can be measured.
 */
public final class Candidates {
  /** Depths are chosen to fit up to here. */
  static final int DEEPEST_K = 16_384;

  private final ConfigSelector selector;
  private final ArchSpec arch;
  private final GemmDesc desc;

  private Candidates(ConfigSelector selector, ArchSpec arch, GemmDesc desc) {
    this.selector = selector;
    this.arch = arch;
    this.desc = desc;
  }

  /**
   * The candidates of a problem, in a fixed order.
   *
   * @param desc the problem, its SM limit resolved
   * @throws dev.deepgemm.api.UnsupportedGemmException if the architecture cannot take it
   */
  public static List<GemmConfig> of(ConfigSelector selector, ArchSpec arch, GemmDesc desc) {
    ConfigSelector.requireSupported(arch, desc.signature());
    Candidates space = new Candidates(selector, arch, desc);
    List<GemmConfig> found = new ArrayList<>();
    for (int blockM : arch.candidateMs(desc)) {
      for (int blockN : arch.blockNs(desc.signature())) {
        Tile tile = new Tile(blockM, blockN, arch.blockK(desc.signature()));
        if (LegalTiles.legality(arch, desc, tile).isLegal()) {
          space.addVariants(tile, found);
        }
      }
    }
    return found;
  }

  /**
   * Whether a kernel may be used for a problem.
   *
   * @param desc the problem, its SM limit resolved
   */
  public static Legality legality(ArchSpec arch, GemmDesc desc, Tuning.Kernel kernel) {
    Legality tile = LegalTiles.of(arch, desc).legality(kernel.tile());
    return tile.isLegal() ? legalityBesidesTile(arch, desc, kernel) : tile;
  }

  /** The same, where the tile is known to be legal. */
  static Legality legalityBesidesTile(ArchSpec arch, GemmDesc desc, Tuning.Kernel kernel) {
    Tile tile = kernel.tile();
    if (Waves.of(desc, tile, desc.smLimit()).blocks() > Integer.MAX_VALUE) {
      return Legality.illegal("more tiles of %s than can be counted", tile);
    }
    Legality legality = arch.stages(desc.signature(), tile, kernel.stages());
    if (!legality.isLegal()) {
      return legality;
    }
    if (kernel.multicast() != Multicast.NONE) {
      legality = PluginGuard.multicast(arch, desc, tile, kernel.multicast(), desc.smLimit());
      if (!legality.isLegal()) {
        return legality;
      }
    }
    int splitK = kernel.team().splitK();
    if (splitK > desc.smLimit()) {
      return Legality.illegal("clusters of %d on %d SMs", splitK, desc.smLimit());
    }
    if (!arch.teams(desc.signature(), tile).contains(kernel.team())) {
      return Legality.illegal("no team of tile %s", tile);
    }
    Tile loaded = arch.loadedTile(tile, kernel.multicast());
    Swizzles swizzles = Swizzling.of(arch, desc.signature(), tile, loaded, kernel.team());
    SmemUsage smem = arch.smem(desc, tile, kernel.multicast(), kernel.team(), swizzles);
    return smem.total(kernel.stages()) <= arch.smemCapacity()
        ? Legality.legal()
        : Legality.illegal("more than %d B of shared memory for this k", arch.smemCapacity());
  }

  private void addVariants(Tile tile, List<GemmConfig> found) {
    for (Multicast side : Multicast.values()) {
      if (side != Multicast.NONE
          && !PluginGuard.multicast(arch, desc, tile, side, desc.smLimit()).isLegal()) {
        continue;
      }
      for (Team team : arch.teams(desc.signature(), tile)) {
        if (team.splitK() == 1 || (side == Multicast.NONE && team.splitK() <= desc.smLimit())) {
          deepest(tile, side, team).ifPresent(found::add);
        }
      }
    }
  }

  private Optional<GemmConfig> deepest(Tile tile, Multicast side, Team team) {
    Tile loaded = arch.loadedTile(tile, side);
    GemmDesc longest = desc.withK(Math.max(desc.k(), DEEPEST_K));
    Swizzles swizzles = Swizzling.of(arch, desc.signature(), tile, loaded, team);
    SmemUsage smem = arch.smem(longest, tile, side, team, swizzles);
    for (int stages = ConfigSelector.MAX_STAGES; stages >= 1; stages--) {
      if (smem.total(stages) <= arch.smemCapacity()
          && arch.stages(desc.signature(), tile, stages).isLegal()) {
        GemmConfig config = selector.configure(arch, desc, tile, stages, side, team);
        if (emittable(config)) {
          return Optional.of(config);
        }
      }
    }
    return Optional.empty();
  }

  private boolean emittable(GemmConfig config) {
    return arch.kernels().map(kernels -> kernels.canEmit(config.kernel()).isLegal()).orElse(true);
  }
}
