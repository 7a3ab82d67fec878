package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.testkit.conformance.spec.Product;
import java.util.ArrayList;
import java.util.List;

/**
 * The problems that rules of the first two tiers ask about: every product, in
 * sizes that meet the rules of thumb of any selector from both sides. Fixed, not drawn: a report
 * of today can be compared with one of next year.
 */
public final class ProblemSet {
  private static final List<Integer> MS = List.of(1, 16, 17, 32, 33, 64, 65, 128, 500, 512, 4096);
  private static final List<Extents> NKS =
      List.of(
          new Extents(64, 64),
          new Extents(136, 200),
          new Extents(576, 7168),
          new Extents(4096, 512),
          new Extents(7168, 2048));

  /** Combined products are made of parts that are tried alone: fewer sizes do. */
  private static final List<Integer> COMBINED_MS = List.of(1, 33, 128, 4096);

  private record Extents(int n, int k) {}

  private ProblemSet() {}

  /** SM limits that are tried: all, an odd number, few. */
  static List<Integer> smLimits(ArchSpec arch) {
    int all = arch.defaultNumSms();
    return List.of(all, Math.max(1, all - 1 - all % 2), Math.min(all, 20));
  }

  /** Products that the plugin configures, declared or not. */
  static List<Product> products(ArchSpec arch) {
    return Product.all().stream()
        .filter(product -> arch.unsupported(product.signature()).isEmpty())
        .toList();
  }

  /** Problems of every product that the plugin configures, declared or not. */
  public static List<GemmDesc> configurable(ArchSpec arch) {
    List<GemmDesc> found = new ArrayList<>();
    for (Product product : products(arch)) {
      boolean combined = product.isCombined();
      for (int smLimit : combined ? List.of(arch.defaultNumSms()) : smLimits(arch)) {
        for (Extents nk : NKS) {
          for (int m : combined ? COMBINED_MS : MS) {
            found.add(product.problem(m, nk.n(), nk.k(), smLimit));
          }
        }
      }
    }
    return found;
  }
}
