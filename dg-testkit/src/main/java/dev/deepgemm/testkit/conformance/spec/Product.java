package dev.deepgemm.testkit.conformance.spec;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Something to multiply that rules ask about: what one capability stands for, or what several of them stand
 * for together. Kernels are made of parts, and a part that works alone may not work beside another.
 *
 * @param signature what is multiplied
 * @param needs the capabilities that a plugin has to declare for it
 */
public record Product(Signature signature, Set<Capability> needs) {
  private static final int GROUPS = 4;

  private static final List<Product> ALL = all(Capability.values());

  /** Copies the set. */
  public Product {
    needs = Set.copyOf(needs);
  }

  /** Every product: those of one capability in the order of their declaration, then the combined ones. */
  public static List<Product> all() {
    return ALL;
  }

  private static List<Product> all(Capability[] capabilities) {
    List<Product> all = new ArrayList<>();
    for (Capability capability : capabilities) {
      if (capability.hasProblems()) {
        all.add(new Product(capability.signature(), Set.of(capability)));
      }
    }
    Signature fp32 = Capability.BF16_TO_FP32.signature();
    all.add(
        combined(
            Signature.BF16.withMajors(Major.MN, Major.MN),
            Capability.MN_MAJOR_A,
            Capability.MN_MAJOR_B));
    all.add(combined(fp32.withAccumulate(true), Capability.BF16_TO_FP32, Capability.ACCUMULATE));
    all.add(
        combined(
            fp32.withMajors(Major.MN, Major.MN).withAccumulate(true),
            Capability.BF16_TO_FP32,
            Capability.ACCUMULATE,
            Capability.MN_MAJOR_A,
            Capability.MN_MAJOR_B));
    all.add(
        combined(Signature.FP8.withAccumulate(true), Capability.FP8_1D2D, Capability.ACCUMULATE));
    all.add(
        combined(
            Capability.FP8_1D1D.signature().withAccumulate(true),
            Capability.FP8_1D1D,
            Capability.ACCUMULATE));
    return List.copyOf(all);
  }

  private static Product combined(Signature signature, Capability... needs) {
    return new Product(signature, EnumSet.copyOf(Arrays.asList(needs)));
  }

  /** The product of one capability. */
  public static Product of(Capability capability) {
    return ALL.stream()
        .filter(product -> product.needs.equals(Set.of(capability)))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(capability + " is not about problems"));
  }

  /** Whether it takes several capabilities. */
  public boolean isCombined() {
    return needs.size() > 1;
  }

  /** Whether the kit has inputs and a reference for it. */
  public boolean hasReference() {
    return signature.kind() == GemmKind.NORMAL
        && !signature.accumulate()
        && signature.majorA() == Major.K
        && signature.majorB() == Major.K
        && !signature.scaling().equals(dev.deepgemm.api.ScaleScheme.FP32_1D1D);
  }

  /** A problem of this signature; several groups where its kind has some. */
  public GemmDesc problem(int m, int n, int k, int smLimit) {
    int groups = signature.kind() == GemmKind.NORMAL ? 1 : GROUPS;
    return new GemmDesc(signature, Shape.of(signature.kind(), groups, m, n, k), smLimit);
  }

  /** The capabilities, in the order of their declaration. */
  @Override
  public String toString() {
    return EnumSet.copyOf(needs).stream().map(Enum::name).collect(Collectors.joining("+"));
  }
}
