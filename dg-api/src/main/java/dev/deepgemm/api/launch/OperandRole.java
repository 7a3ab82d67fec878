package dev.deepgemm.api.launch;

/** What a matrix in device memory is for a product. */
public enum OperandRole {
  /** Left operand. */
  A,
  /** Right operand. */
  B,
  /** What the product is added to, if it is not D itself. */
  C,
  /** Result. */
  D,
  /** Scales of A. */
  SCALES_A,
  /** Scales of B. */
  SCALES_B,
  /** The group of each row, or the end of each group's rows; int32. */
  GROUP_LAYOUT,
  /** Valid rows of each group; int32. */
  MASKED_ROWS,
  /** Inner extent of each group; int32. */
  GROUP_SIZES;

  /** As messages and kernel parameters have it: {@code a}, {@code scales_a}. */
  public String label() {
    return switch (this) {
      case A -> "a";
      case B -> "b";
      case C -> "c";
      case D -> "d";
      case SCALES_A -> "sfa";
      case SCALES_B -> "sfb";
      case GROUP_LAYOUT -> "group_layout";
      case MASKED_ROWS -> "masked_m";
      case GROUP_SIZES -> "group_sizes";
    };
  }
}
