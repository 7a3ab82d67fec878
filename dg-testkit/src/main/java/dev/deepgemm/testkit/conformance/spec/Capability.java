package dev.deepgemm.testkit.conformance.spec;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;

/**
 * Something that an architecture's kernels can do. All are expected of a plugin unless its author
 * declares otherwise, so that a kernel that stops working cannot pass as one that never was.
 */
public enum Capability {
  /** There are kernels at all; without it the plugin only configures. */
  KERNELS,
  /** BF16 in and out, NT. */
  BF16_TO_BF16,
  /** BF16 in, FP32 out, NT. */
  BF16_TO_FP32,
  /** FP8 with scales per row of A and per block of B, BF16 out, NT. */
  FP8_1D2D,
  /** FP8 with scales per row of both operands, FP32 out, NT. */
  FP8_1D1D,
  /** The product is added to D. */
  ACCUMULATE,
  /** A may be m-major (BF16). */
  MN_MAJOR_A,
  /** B may be n-major (BF16). */
  MN_MAJOR_B,
  /** Groups along m in one A. */
  M_GROUPED_CONTIGUOUS,
  /** Groups along m, one A each. */
  M_GROUPED_MASKED,
  /** Groups along k. */
  K_GROUPED_CONTIGUOUS,
  /** Independent problems of one shape. */
  BATCHED,
  /** The SPI's switch decides about SMs; without it the plugin always answers alike. */
  MINIMIZE_SMS_SWITCH;

  private static final int GROUPS = 4;

  /** Whether this is about problems; the others are about the plugin. */
  public boolean hasProblems() {
    return this != KERNELS && this != MINIMIZE_SMS_SWITCH;
  }

  /** Whether the kit has inputs and a reference for it. */
  public boolean hasReference() {
    return this == BF16_TO_BF16 || this == BF16_TO_FP32 || this == FP8_1D2D;
  }

  /** A problem that needs this capability and no other of the ones about problems. */
  public GemmDesc problem(int m, int n, int k, int smLimit) {
    GemmDesc bf16 = GemmDesc.bf16(m, n, k, DataType.BF16).withSmLimit(smLimit);
    return switch (this) {
      case BF16_TO_BF16 -> bf16;
      case BF16_TO_FP32 -> GemmDesc.bf16(m, n, k, DataType.FP32).withSmLimit(smLimit);
      case FP8_1D2D -> GemmDesc.fp8(m, n, k).withSmLimit(smLimit);
      case FP8_1D1D ->
          of(
              GemmDesc.fp8(m, n, k).withSmLimit(smLimit),
              GemmKind.NORMAL,
              ScaleScheme.FP32_1D1D,
              Major.K,
              Major.K,
              DataType.FP32,
              false);
      case ACCUMULATE -> of(bf16, GemmKind.NORMAL, Major.K, Major.K, true);
      case MN_MAJOR_A -> of(bf16, GemmKind.NORMAL, Major.MN, Major.K, false);
      case MN_MAJOR_B -> of(bf16, GemmKind.NORMAL, Major.K, Major.MN, false);
      case M_GROUPED_CONTIGUOUS -> grouped(bf16, GemmKind.M_GROUPED_CONTIGUOUS);
      case M_GROUPED_MASKED -> grouped(bf16, GemmKind.M_GROUPED_MASKED);
      case K_GROUPED_CONTIGUOUS -> grouped(bf16, GemmKind.K_GROUPED_CONTIGUOUS);
      case BATCHED -> grouped(bf16, GemmKind.BATCHED);
      case KERNELS, MINIMIZE_SMS_SWITCH ->
          throw new IllegalStateException(this + " is not about problems");
    };
  }

  private static GemmDesc grouped(GemmDesc base, GemmKind kind) {
    return of(base, kind, Major.K, Major.K, false);
  }

  private static GemmDesc of(
      GemmDesc base, GemmKind kind, Major majorA, Major majorB, boolean accumulate) {
    return of(base, kind, base.scaling(), majorA, majorB, base.dType(), accumulate);
  }

  private static GemmDesc of(
      GemmDesc base,
      GemmKind kind,
      ScaleScheme scaling,
      Major majorA,
      Major majorB,
      DataType cdType,
      boolean accumulate) {
    return new GemmDesc(
        kind,
        scaling,
        base.m(),
        base.n(),
        base.k(),
        kind == GemmKind.NORMAL ? 1 : GROUPS,
        majorA,
        majorB,
        base.aType(),
        cdType,
        accumulate,
        base.smLimit());
  }
}
