package dev.deepgemm.workloads;

import dev.deepgemm.api.Problem;
import dev.deepgemm.workloads.files.InputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * From the weights of a checkpoint to the products of a running model: cut for tensor parallelism, and
 * joined where serving engines multiply several weights at once.
 *
 * <p>Engines differ in what they join (Q, K and V; gate and up; the two down-projections of latent
 * attention), so both are listed, joined and single: a warm-up that leaves one out stalls somebody, and
 * the kernels of both are mostly the same.
 *
 * <p>Cutting follows Megatron, as every engine does. A column-parallel weight is cut along n: inputs
 * whole, outputs in parts. A row-parallel one along k: it takes the parts and its outputs are summed. K
 * and V have fewer heads than there may be devices; then every device keeps a whole head.
 */
public final class Projections {
  /** Cut along n. */
  private static final Set<String> COLUMN =
      Set.of("q_proj", "q_b_proj", "kv_b_proj", "gate_proj", "up_proj", "w1", "w3", "lm_head");

  /** Cut along k. */
  private static final Set<String> ROW = Set.of("o_proj", "down_proj", "w2");

  /** Cut along n by heads of K and V, or kept whole per head. */
  private static final Set<String> KEY_VALUE = Set.of("k_proj", "v_proj");

  /** The same on every device. */
  private static final Set<String> WHOLE =
      Set.of("q_a_proj", "kv_a_proj_with_mqa", "gate", "router");

  /** What engines join, in the order of the outputs. */
  private static final List<List<String>> JOINED =
      List.of(
          List.of("q_proj", "k_proj", "v_proj"),
          List.of("q_a_proj", "kv_a_proj_with_mqa"),
          List.of("gate_proj", "up_proj"),
          List.of("w1", "w3"));

  private final int devices;
  private final Heads heads;
  private final Set<Problem> problems = new LinkedHashSet<>();

  private Projections(int devices, Heads heads) {
    this.devices = devices;
    this.heads = heads;
  }

  /** Whether a weight is multiplied with, and how to cut it is known. */
  static boolean isKnown(String leaf) {
    return COLUMN.contains(leaf)
        || ROW.contains(leaf)
        || KEY_VALUE.contains(leaf)
        || WHOLE.contains(leaf)
        || leaf.equals("qkv_proj")
        || leaf.equals("gate_up_proj");
  }

  /**
   * The products of a model on one of several devices, each once, in the order of the weights.
   *
   * @param weights all {@link #isKnown known}
   * @param devices over how many tensor parallelism cuts; 1 cuts nothing
   * @throws InputException with every weight that cannot be cut so ({@code DG-MODEL-03})
   */
  public static List<Projection> of(List<Weight> weights, Heads heads, int devices) {
    Projections work = new Projections(devices, heads);
    Map<String, Map<String, Weight>> modules = new LinkedHashMap<>();
    for (Weight weight : weights) {
      modules
          .computeIfAbsent(weight.module(), name -> new LinkedHashMap<>())
          .put(weight.leaf(), work.cut(weight));
    }
    Set<Projection> found = new LinkedHashSet<>();
    modules.values().forEach(module -> found.addAll(products(module)));
    InputException.throwIfAny(List.copyOf(work.problems));
    return List.copyOf(found);
  }

  private static List<Projection> products(Map<String, Weight> module) {
    List<Projection> products = new ArrayList<>();
    for (List<String> names : JOINED) {
      List<Weight> parts = names.stream().filter(module::containsKey).map(module::get).toList();
      boolean together =
          parts.size() == names.size()
              && parts.stream().map(part -> List.of(part.k(), part.type())).distinct().count() == 1;
      if (together) {
        Weight first = parts.get(0);
        products.add(
            projection(first, String.join("+", names), parts.stream().mapToInt(Weight::n).sum()));
      }
    }
    module.values().forEach(weight -> products.add(projection(weight, weight.leaf(), weight.n())));
    return products;
  }

  private static Projection projection(Weight weight, String leaf, int n) {
    String module = withoutNumbers(weight.module());
    return new Projection(
        module.isEmpty() ? leaf : module + "." + leaf,
        n,
        weight.k(),
        weight.type(),
        weight.experts());
  }

  /** {@code model.layers.3.mlp.experts.17} is {@code mlp.experts}: layers differ in numbers alone. */
  private static String withoutNumbers(String module) {
    List<String> parts = new ArrayList<>();
    for (String part : module.split("\\.")) {
      if (!part.isEmpty() && !part.chars().allMatch(Character::isDigit)) {
        parts.add(part);
      }
    }
    int layers = parts.indexOf("layers");
    return String.join(".", layers < 0 ? parts : parts.subList(layers + 1, parts.size()));
  }

  private Weight cut(Weight weight) {
    if (devices == 1) {
      return weight;
    }
    String leaf = weight.leaf();
    if (ROW.contains(leaf)) {
      return resized(weight, weight.n(), divided(weight, "k", weight.k(), devices));
    }
    if (KEY_VALUE.contains(leaf)) {
      return resized(weight, keyValueRows(weight), weight.k());
    }
    if (leaf.equals("qkv_proj")) {
      return resized(weight, joinedRows(weight), weight.k());
    }
    if (leaf.equals("gate_up_proj")) {
      int half = divided(weight, "half of n", weight.n() / 2, devices);
      return resized(weight, 2 * half, weight.k());
    }
    if (COLUMN.contains(leaf)) {
      boolean byHeads =
          leaf.equals("q_proj") || leaf.equals("q_b_proj") || leaf.equals("kv_b_proj");
      if (byHeads && heads.query() > 0) {
        divided(weight, "the number of query heads", heads.query(), devices);
      }
      return resized(weight, divided(weight, "n", weight.n(), devices), weight.k());
    }
    return weight;
  }

  private int keyValueRows(Weight weight) {
    if (heads.keyValue() == 0) {
      return divided(weight, "n", weight.n(), devices);
    }
    return weight.n() / heads.keyValue() * keyValueHeads(weight);
  }

  /** Heads of K and V per device: a part of them, or one, held by several devices. */
  private int keyValueHeads(Weight weight) {
    if (devices > heads.keyValue() && devices % heads.keyValue() == 0) {
      return 1;
    }
    return divided(weight, "the number of key-value heads", heads.keyValue(), devices);
  }

  private int joinedRows(Weight weight) {
    int all = heads.query() + 2 * heads.keyValue();
    if (heads.query() == 0 || heads.keyValue() == 0 || weight.n() % all != 0) {
      problem(weight, "its heads are not known (config.json: num_attention_heads)");
      return weight.n();
    }
    int query = divided(weight, "the number of query heads", heads.query(), devices);
    return weight.n() / all * (query + 2 * keyValueHeads(weight));
  }

  private int divided(Weight weight, String what, int extent, int parts) {
    if (extent % parts != 0) {
      problem(weight, what + " is " + extent);
      return extent;
    }
    return extent / parts;
  }

  private void problem(Weight weight, String why) {
    problems.add(
        Problem.of(
            "DG-MODEL-03",
            "%s (n %d, k %d) cannot be cut for --tp %d: %s, and %d does not divide it. Choose a --tp"
                + " that does",
            withoutNumbers(weight.module() + "." + weight.leaf()),
            weight.n(),
            weight.k(),
            devices,
            why,
            devices));
  }

  private static Weight resized(Weight weight, int n, int k) {
    return new Weight(weight.module(), weight.leaf(), n, k, weight.type(), weight.experts());
  }
}
