package dev.deepgemm.testkit.conformance.spec;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
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
    for (Capability capability : Capability.values()) {
      if (capability.hasProblems()) {
        GemmDesc desc = capability.problem(256, 256, 512, GemmDesc.ALL_SMS);
        boolean configures = arch.unsupported(desc).isEmpty();
        if (configures && (kernels.isEmpty() || kernels.get().supports(desc).isLegal())) {
          found.add(capability);
        }
      }
    }
    return new Capabilities(found);
  }

  /** Whether a capability is declared. */
  public boolean has(Capability capability) {
    return declared.contains(capability);
  }

  /** The declared ones that are about problems, in the order of their declaration. */
  public List<Capability> problemKinds() {
    return List.of(Capability.values()).stream()
        .filter(Capability::hasProblems)
        .filter(this::has)
        .toList();
  }
}
