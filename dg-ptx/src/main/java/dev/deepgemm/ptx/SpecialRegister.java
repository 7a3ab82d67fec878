package dev.deepgemm.ptx;

/** Special registers that kernels of this library read. */
public enum SpecialRegister {
  /** Thread index in the CTA. */
  TID_X("%tid.x"),
  /** CTA index in the grid. */
  CTAID_X("%ctaid.x"),
  /** CTAs in the grid. */
  NCTAID_X("%nctaid.x"),
  /** Lane in the warp. */
  LANEID("%laneid"),
  /** Rank of the CTA in its cluster. */
  CLUSTER_CTARANK("%cluster_ctarank");

  private final String ptx;

  SpecialRegister(String ptx) {
    this.ptx = ptx;
  }

  String ptx() {
    return ptx;
  }
}
