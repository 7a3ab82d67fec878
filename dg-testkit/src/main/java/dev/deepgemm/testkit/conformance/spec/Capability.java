package dev.deepgemm.testkit.conformance.spec;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;

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
  /** The product is added to D, whatever else the product is. */
  ACCUMULATE,
  /** A may be m-major (BF16), whether B is n-major or not. */
  MN_MAJOR_A,
  /** B may be n-major (BF16), whether A is m-major or not. */
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

  /** Whether this is about problems; the others are about the plugin. */
  public boolean hasProblems() {
    return this != KERNELS && this != MINIMIZE_SMS_SWITCH;
  }

  /** The signature of problems that need this capability and no other of the ones about problems. */
  public Signature signature() {
    return switch (this) {
      case BF16_TO_BF16 -> Signature.BF16;
      case BF16_TO_FP32 -> Signature.BF16.withOutput(DataType.FP32);
      case FP8_1D2D -> Signature.FP8;
      case FP8_1D1D -> Signature.FP8.withScaling(ScaleScheme.FP32_1D1D).withOutput(DataType.FP32);
      case ACCUMULATE -> Signature.BF16.withAccumulate(true);
      case MN_MAJOR_A -> Signature.BF16.withMajors(Major.MN, Major.K);
      case MN_MAJOR_B -> Signature.BF16.withMajors(Major.K, Major.MN);
      case M_GROUPED_CONTIGUOUS -> Signature.BF16.withKind(GemmKind.M_GROUPED_CONTIGUOUS);
      case M_GROUPED_MASKED -> Signature.BF16.withKind(GemmKind.M_GROUPED_MASKED);
      case K_GROUPED_CONTIGUOUS -> Signature.BF16.withKind(GemmKind.K_GROUPED_CONTIGUOUS);
      case BATCHED -> Signature.BF16.withKind(GemmKind.BATCHED);
      case KERNELS, MINIMIZE_SMS_SWITCH ->
          throw new IllegalStateException(this + " is not about problems");
    };
  }
}
