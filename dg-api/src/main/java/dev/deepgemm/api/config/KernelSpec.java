package dev.deepgemm.api.config;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a kernel: what changes its instruction stream, and nothing else.
 *
 * <p>m, n, k, the number of groups and the number of SMs are launch arguments and must never appear
 * here: a kernel set that depends on them is not finite, and a serving process then compiles in the
 * middle of a request. (DeepGEMM compiles them in; see docs/architecture.md.)
 *
 * @param arch {@link dev.deepgemm.spi.ArchSpec#id()} of the architecture that emits it
 * @param signature what it multiplies
 * @param schedule how it goes about it
 */
public record KernelSpec(String arch, Signature signature, Schedule schedule) {

  /**
   * A readable name, unique per spec within one release; also the entry point's name. Letters,
   * digits and underscores only.
   */
  public String id() {
    StringBuilder id = new StringBuilder(arch).append("_gemm_").append(lower(aType()));
    if (aType() != bType()) {
      id.append('x').append(lower(bType()));
    }
    id.append('_').append(scaling().shortName()).append('_').append(lower(kind()));
    id.append('_').append(signature.layout().toLowerCase(Locale.ROOT));
    id.append('_').append(lower(dType())).append(accumulate() ? "acc" : "");
    id.append("_t").append(tile()).append("_s").append(stages());
    id.append("_w").append(swizzles().a()).append('x').append(swizzles().b());
    id.append('x').append(swizzles().d());
    switch (multicast()) {
      case ON_A -> id.append("_mca");
      case ON_B -> id.append("_mcb");
      case NONE -> {}
    }
    appendThreads(id);
    if (splitK() != 1) {
      id.append("_sk").append(splitK());
    }
    return id.toString();
  }

  /** Loaders and math go without their names, as in the first release; other roles are named. */
  private void appendThreads(StringBuilder id) {
    List<ThreadRoles.Part> parts = threads().parts();
    if (parts.size() == 2
        && parts.get(0).role().equals(ThreadRoles.TMA)
        && parts.get(1).role().equals(ThreadRoles.MATH)) {
      id.append("_th").append(parts.get(0).threads()).append('x').append(parts.get(1).threads());
      return;
    }
    for (ThreadRoles.Part part : parts) {
      id.append('_').append(part.role().replace('-', '_')).append(part.threads());
    }
  }

  /** What is multiplied: one pair of matrices or a group of them. */
  public GemmKind kind() {
    return signature.kind();
  }

  /** How A and B are scaled. */
  public ScaleScheme scaling() {
    return signature.scaling();
  }

  /** Type of A. */
  public DataType aType() {
    return signature.aType();
  }

  /** Type of B. */
  public DataType bType() {
    return signature.bType();
  }

  /** Type of D. */
  public DataType dType() {
    return signature.dType();
  }

  /** Which dimension of A is contiguous. */
  public Major majorA() {
    return signature.majorA();
  }

  /** Which dimension of B is contiguous. */
  public Major majorB() {
    return signature.majorB();
  }

  /** Whether the product is added to C. */
  public boolean accumulate() {
    return signature.accumulate();
  }

  /** The CTA's tile. */
  public Tile tile() {
    return schedule.tile();
  }

  /** Depth of the pipeline. */
  public int stages() {
    return schedule.stages();
  }

  /** Shared-memory swizzles. */
  public Swizzles swizzles() {
    return schedule.swizzles();
  }

  /** Which operand a cluster shares. */
  public Multicast multicast() {
    return schedule.multicast();
  }

  /** Who works on one tile. */
  public Team team() {
    return schedule.team();
  }

  /** Threads of a CTA by role. */
  public ThreadRoles threads() {
    return schedule.team().threads();
  }

  /** CTAs of a cluster that share a tile along k; 1 without. */
  public int splitK() {
    return schedule.team().splitK();
  }

  /** CTAs per cluster. */
  public int cluster() {
    return schedule.cluster();
  }

  // Written out as in GemmDesc, and for the same reason.
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof KernelSpec that
            && schedule.equals(that.schedule)
            && signature.equals(that.signature)
            && arch.equals(that.arch));
  }

  @Override
  public int hashCode() {
    return 31 * (31 * schedule.hashCode() + signature.hashCode()) + arch.hashCode();
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
