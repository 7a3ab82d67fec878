package dev.deepgemm.testkit.conformance.spec;

import dev.deepgemm.api.Signature;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.PluginGuard;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a plugin declares that it can do. Immutable.
 *
 * @param declared the capabilities; all others must be refused cleanly
 */
public record Capabilities(Set<Capability> declared) {
  /** Copies the set. */
  public Capabilities {
    declared = Set.copyOf(declared);
  }

  /** Everything: what is expected of a plugin whose author says nothing. */
  public static Capabilities all() {
    return new Capabilities(EnumSet.allOf(Capability.class));
  }

  /** These alone. */
  public static Capabilities only(Capability... declared) {
    return new Capabilities(Set.of(declared));
  }

  /** All of these but some. */
  public Capabilities without(Capability... missing) {
    EnumSet<Capability> left = EnumSet.noneOf(Capability.class);
    left.addAll(declared);
    left.removeAll(List.of(missing));
    return new Capabilities(left);
  }

  /**
   * What a plugin says itself, for whoever has no author to ask. A capability that broke looks like
   * one that never was: a plugin's own test declares instead.
   */
  public static Capabilities observed(ArchSpec arch) {
    EnumSet<Capability> found = EnumSet.of(Capability.MINIMIZE_SMS_SWITCH);
    Optional<KernelProvider> kernels = arch.kernels();
    if (kernels.isPresent()) {
      found.add(Capability.KERNELS);
    }
    for (Product product : Product.all()) {
      if (!product.isCombined() && takes(arch, kernels, product.signature())) {
        found.addAll(product.needs());
      }
    }
    return new Capabilities(found);
  }

  private static boolean takes(
      ArchSpec arch, Optional<KernelProvider> kernels, Signature signature) {
    return PluginGuard.unsupported(arch, signature).isEmpty()
        && (kernels.isEmpty() || kernels.get().supports(signature).isLegal());
  }

  /** Whether a capability is declared. */
  public boolean has(Capability capability) {
    return declared.contains(capability);
  }

  /** Whether all that a product needs is declared. */
  public boolean has(Product product) {
    return declared.containsAll(product.needs());
  }

  /** The declared products: of one capability in the order of their declaration, then combined ones. */
  public List<Product> products() {
    return Product.all().stream().filter(this::has).toList();
  }
}
