package dev.deepgemm.api;

import java.util.Locale;

/**
 * The identity of a kernel: what changes its instruction stream, and nothing else.
 *
 * <p>m, n, k, the number of groups and the number of SMs are launch arguments and must never appear
 * here: a kernel set that depends on them is not finite, and a serving process then compiles in the
 * middle of a request. (DeepGEMM compiles them in; see docs/architecture.md.)
 *
 * @param arch {@link dev.deepgemm.spi.ArchSpec#id()} of the architecture that emits it
 * @param kind what is multiplied
 * @param scaling how FP8 operands are scaled
 * @param abType type of A and B
 * @param cdType type of D
 * @param majorA which dimension of A is contiguous
 * @param majorB which dimension of B is contiguous
 * @param accumulate whether the product is added to D
 * @param tile the CTA's tile
 * @param stages depth of the pipeline
 * @param swizzles shared-memory swizzles
 * @param multicast which operand a cluster shares
 * @param threads thread roles
 * @param splitK CTAs of a cluster that share a tile along k; 1 without
 */
public record KernelSpec(
    String arch,
    GemmKind kind,
    Scaling scaling,
    DataType abType,
    DataType cdType,
    Major majorA,
    Major majorB,
    boolean accumulate,
    Tile tile,
    int stages,
    Swizzles swizzles,
    Multicast multicast,
    ThreadRoles threads,
    int splitK) {

  /**
   * A readable name, unique per spec within one release; also the entry point's name. Letters,
   * digits and underscores only.
   */
  public String id() {
    StringBuilder id = new StringBuilder(arch).append("_gemm_");
    id.append(lower(abType)).append('_').append(lower(scaling).replace("kernel_", ""));
    id.append('_').append(lower(kind));
    id.append(majorA == Major.K ? "_n" : "_t").append(majorB == Major.K ? "t" : "n");
    id.append('_').append(lower(cdType)).append(accumulate ? "acc" : "");
    id.append("_t").append(tile).append("_s").append(stages);
    id.append("_w").append(swizzles.a()).append('x').append(swizzles.b());
    id.append('x').append(swizzles.d());
    switch (multicast) {
      case ON_A -> id.append("_mca");
      case ON_B -> id.append("_mcb");
      case NONE -> {}
    }
    appendThreads(id, "_th", threads.tma(), threads.math());
    appendThreads(id, "_ie", threads.nonEpilogue(), threads.epilogue());
    if (splitK != 1) {
      id.append("_sk").append(splitK);
    }
    return id.toString();
  }

  /** Who works on one tile. */
  public Team team() {
    return new Team(threads, splitK);
  }

  /** CTAs per cluster: those that share an operand, or those that share a tile along k. */
  public int cluster() {
    return multicast.ctas() * splitK;
  }

  private static void appendThreads(StringBuilder id, String roles, int first, int second) {
    if (first != 0 || second != 0) {
      id.append(roles).append(first).append('x').append(second);
    }
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
