package dev.deepgemm.workloads;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The products of one pass through a model's layers: what engines join is joined, and every form of
 * layer that the model has comes once.
 *
 * <p>Left out are the output head and the router, which do not run on all tokens or not in the type of
 * the layers, and routed experts, which meet a part of the tokens that depends on their content.
 */
public final class LayerProducts {
  private static final Set<String> NO_LAYER = Set.of("lm_head", "gate", "router");

  private LayerProducts() {}

  public static List<Projection> of(List<Projection> projections) {
    Set<String> parts = new LinkedHashSet<>();
    for (Projection projection : projections) {
      String leaf = leaf(projection);
      if (leaf.contains("+")) {
        for (String part : leaf.split("\\+")) {
          parts.add(module(projection) + part);
        }
      }
    }
    List<Projection> kept = new ArrayList<>();
    for (Projection projection : projections) {
      if (projection.experts() == 0
          && !NO_LAYER.contains(leaf(projection))
          && !parts.contains(projection.name())) {
        kept.add(projection);
      }
    }
    return kept;
  }

  private static String module(Projection projection) {
    return projection.name().substring(0, projection.name().lastIndexOf('.') + 1);
  }

  private static String leaf(Projection projection) {
    return projection.name().substring(projection.name().lastIndexOf('.') + 1);
  }
}
