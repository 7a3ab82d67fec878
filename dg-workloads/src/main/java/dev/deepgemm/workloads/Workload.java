package dev.deepgemm.workloads;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.heuristics.MRange;
import java.util.List;

/**
 * What a warm-up is for: products with m left open.
 *
 * @param title for people, such as the model's name
 * @param products by name, in the order of the model; none twice
 * @param m the values of m
 * @param notes what was left out, and why
 */
public record Workload(String title, List<Product> products, MRange m, List<String> notes) {
  public Workload {
    products = List.copyOf(products);
    notes = List.copyOf(notes);
  }

  /**
   * A product.
   *
   * @param name for people
   * @param problem its m means nothing
   */
  public record Product(String name, GemmDesc problem) {}

  /** The problems, for the kernel set. */
  public List<GemmDesc> problems() {
    return products.stream().map(Product::problem).toList();
  }
}
