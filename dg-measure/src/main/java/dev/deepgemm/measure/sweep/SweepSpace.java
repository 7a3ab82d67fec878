package dev.deepgemm.measure.sweep;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.measure.Kernels;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.spi.PluginGuard;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Every legal configuration of an architecture, as its {@link ArchSpec} tells it. */
public final class SweepSpace {
  private final ArchSpec arch;
  private final KernelProvider kernels;
  private final List<SweepCase> cases = new ArrayList<>();
  private final Map<String, String> refused = new LinkedHashMap<>();

  private SweepSpace(ArchSpec arch) {
    this.arch = arch;
    this.kernels = Kernels.of(arch);
  }

  /** Every tile, side of multicast and depth that is legal for one of the shapes. */
  public static SweepSpace of(ArchSpec arch, List<SweepShape> shapes, Options options) {
    SweepSpace space = new SweepSpace(arch);
    for (SweepShape shape : shapes) {
      Kernels.requireSupported(arch, shape.desc());
      ConfigSelector selector =
          ConfigSelector.create(
              options.with(Options.MINIMIZE_NUM_SMS, shape.minimize() ? "1" : "0"));
      int blockK = arch.blockK(shape.desc().signature());
      for (int blockM : arch.blockMs(shape.desc().signature())) {
        for (int blockN : arch.blockNs(shape.desc().signature())) {
          Tile tile = new Tile(blockM, blockN, blockK);
          if (shape.takes(blockM) && arch.tile(shape.desc().signature(), tile).isLegal()) {
            for (Multicast side : Multicast.values()) {
              space.addVariants(shape, selector, tile, side);
            }
          }
        }
      }
    }
    return space;
  }

  private void addVariants(SweepShape shape, ConfigSelector selector, Tile tile, Multicast side) {
    GemmDesc desc = shape.desc();
    if (side != Multicast.NONE
        && !PluginGuard.multicast(arch, desc, tile, side, desc.smLimit()).isLegal()) {
      return;
    }
    Team usual = Team.of(arch.threads(desc.signature(), tile));
    for (Team team : arch.teams(desc.signature(), tile)) {
      if ((side != Multicast.NONE && team.splitK() > 1) || team.splitK() > desc.smLimit()) {
        continue;
      }
      List<GemmConfig> depths = depths(desc, selector, tile, side, team);
      if (!team.equals(usual) && depths.size() > 2) {
        // Other teams differ in how they share a pipeline, not in how deep it is.
        depths = List.of(depths.get(0), depths.get(depths.size() - 1));
      }
      depths.forEach(config -> cases.add(new SweepCase(shape, config)));
    }
  }

  private List<GemmConfig> depths(
      GemmDesc desc, ConfigSelector selector, Tile tile, Multicast side, Team team) {
    List<GemmConfig> found = new ArrayList<>();
    int deepest = 0;
    for (int stages = 1; stages <= ConfigSelector.MAX_STAGES; stages++) {
      if (!arch.stages(desc.signature(), tile, stages).isLegal()) {
        continue;
      }
      if (deepest == 0) {
        GemmConfig first = selector.configure(arch, desc, tile, stages, side, team);
        deepest = (arch.smemCapacity() - first.smem().fixed()) / first.smem().perStage();
      }
      if (stages > deepest) {
        break;
      }
      GemmConfig config = selector.configure(arch, desc, tile, stages, side, team);
      Legality emittable = kernels.canEmit(config.kernel());
      if (emittable.isLegal()) {
        found.add(config);
      } else if (team.equals(Team.of(arch.threads(desc.signature(), tile)))) {
        refused.put(config.kernel().id(), emittable.reason());
      }
    }
    return found;
  }

  /** All launches, in a fixed order. */
  public List<SweepCase> cases() {
    return List.copyOf(cases);
  }

  /** Kernels that are legal by the architecture and that its provider does not emit, with the reason. */
  public Map<String, String> refused() {
    return Map.copyOf(refused);
  }

  /** At most so many cases, spread evenly over all. */
  public static List<SweepCase> spread(List<SweepCase> all, int limit) {
    if (all.size() <= limit) {
      return all;
    }
    List<SweepCase> some = new ArrayList<>();
    for (int i = 0; i < limit; i++) {
      some.add(all.get((int) ((long) i * all.size() / limit)));
    }
    return some;
  }
}
