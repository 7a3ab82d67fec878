package dev.deepgemm.emulator.internal.machine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Special registers, all of which are constant for a thread. Grids and CTAs are one-dimensional.
 */
public enum SpecialRegister {
  TID_X("%tid.x"),
  NTID_X("%ntid.x"),
  CTAID_X("%ctaid.x"),
  NCTAID_X("%nctaid.x"),
  ZERO("%tid.y", "%tid.z", "%ctaid.y", "%ctaid.z", "%cluster_ctaid.y", "%cluster_ctaid.z"),
  ZERO_CLUSTER("%clusterid.y", "%clusterid.z", "%gridid"),
  ONE("%ntid.y", "%ntid.z", "%nctaid.y", "%nctaid.z", "%cluster_nctaid.y", "%cluster_nctaid.z"),
  ONE_CLUSTER("%nclusterid.y", "%nclusterid.z"),
  LANEID("%laneid"),
  WARPID("%warpid"),
  NWARPID("%nwarpid"),
  SMID("%smid"),
  NSMID("%nsmid"),
  CLUSTERID_X("%clusterid.x"),
  NCLUSTERID_X("%nclusterid.x"),
  CLUSTER_CTAID_X("%cluster_ctaid.x", "%cluster_ctarank"),
  CLUSTER_NCTAID_X("%cluster_nctaid.x", "%cluster_nctarank"),
  LANEMASK_EQ("%lanemask_eq"),
  LANEMASK_LT("%lanemask_lt"),
  LANEMASK_LE("%lanemask_le"),
  LANEMASK_GT("%lanemask_gt"),
  LANEMASK_GE("%lanemask_ge"),
  DYNAMIC_SMEM_SIZE("%dynamic_smem_size"),
  TOTAL_SMEM_SIZE("%total_smem_size");

  private final List<String> names;

  SpecialRegister(String... names) {
    this.names = List.of(names);
  }

  public static @Nullable SpecialRegister of(String name) {
    for (SpecialRegister special : values()) {
      if (special.names.contains(name)) {
        return special;
      }
    }
    return null;
  }

  long value(Warp warp, int lane) {
    Cta cta = warp.cta();
    int clusterSize = cta.cluster().size();
    return switch (this) {
      case TID_X -> warp.index() * 32L + lane;
      case NTID_X -> cta.threads();
      case CTAID_X, SMID -> cta.index();
      case NCTAID_X, NSMID -> cta.cluster().launch().plan().grid();
      case ZERO, ZERO_CLUSTER -> 0;
      case ONE, ONE_CLUSTER -> 1;
      case LANEID -> lane;
      case WARPID -> warp.index();
      case NWARPID -> cta.threads() / 32;
      case CLUSTERID_X -> cta.index() / clusterSize;
      case NCLUSTERID_X -> cta.cluster().launch().plan().grid() / clusterSize;
      case CLUSTER_CTAID_X -> cta.rank();
      case CLUSTER_NCTAID_X -> clusterSize;
      case LANEMASK_EQ -> 1L << lane;
      case LANEMASK_LT -> (1L << lane) - 1;
      case LANEMASK_LE -> (2L << lane) - 1;
      case LANEMASK_GT -> 0xffffffffL & ~((2L << lane) - 1);
      case LANEMASK_GE -> 0xffffffffL & ~((1L << lane) - 1);
      case DYNAMIC_SMEM_SIZE -> cta.cluster().launch().plan().smemBytes();
      case TOTAL_SMEM_SIZE -> cta.shared().size();
    };
  }
}
