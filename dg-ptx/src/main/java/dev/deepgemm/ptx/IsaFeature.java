package dev.deepgemm.ptx;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Families of instructions that not every assembler and not every device knows. What a kernel uses of
 * them decides the version of its PTX ({@code .version}), and is refused at emission where its target
 * has none of it.
 *
 * <p>Versions and architectures are those of the PTX ISA's notes on each instruction.
 */
public enum IsaFeature {
  /** {@code cp.async}: copies to shared memory behind the threads' back. */
  CP_ASYNC(70, 80),
  /** {@code ldmatrix}. */
  LDMATRIX(65, 75),
  /** {@code stmatrix}. */
  STMATRIX(78, 90),
  /** {@code mma.sync} of BF16, and the conversion of pairs of floats to BF16. */
  BF16(70, 80),
  /** Clusters: their launch, their barrier, and shared memory of other CTAs. */
  CLUSTER(80, 90),
  /** {@code mbarrier} with waits that suspend, and with bytes of asynchronous copies. */
  MBARRIER(80, 90),
  /** {@code cp.async.bulk} and its relatives, with tensor maps or without. */
  BULK_COPY(80, 90),
  /** Bulk copies that name shared memory of their own CTA as destination, not that of a cluster. */
  BULK_COPY_TO_CTA(86, 90),
  /** Fences between ordinary and asynchronous accesses. */
  PROXY_FENCE(80, 90),
  /** {@code elect.sync}. */
  ELECT(80, 90),
  /** {@code griddepcontrol}: grids that start before the one in front has ended. */
  GRID_DEPENDENCY(78, 90),
  /** {@code setmaxnreg}: registers that warpgroups give to each other. */
  REGISTER_REALLOCATION(80, 90, true),
  /** {@code wgmma}. */
  WGMMA(80, 90, true);

  private final int version;
  private final int architecture;
  private final boolean exactly;

  IsaFeature(int version, int architecture) {
    this(version, architecture, false);
  }

  IsaFeature(int version, int architecture, boolean exactly) {
    this.version = version;
    this.architecture = architecture;
    this.exactly = exactly;
  }

  /** Version of the PTX ISA that it needs, ten times. */
  int version() {
    return version;
  }

  /** Whether a target has it. */
  boolean isIn(Target target) {
    return exactly
        ? target.architecture() == architecture && target.specific()
        : target.architecture() >= architecture;
  }

  /** Refuses a target that does not have it. */
  void check(Target target) {
    if (!isIn(target)) {
      throw new IllegalStateException(
          String.format(
              "%s needs sm_%d%s; the kernel's target is %s",
              name().toLowerCase(Locale.ROOT),
              architecture,
              exactly ? "a and no other" : " or later",
              target.name()));
    }
  }

  /**
   * What a kernel is assembled for.
   *
   * @param name such as {@code sm_90a}
   * @param architecture such as 90
   * @param specific whether features are allowed that no other architecture has ({@code a})
   */
  record Target(String name, int architecture, boolean specific) {
    private static final Pattern FORM = Pattern.compile("sm_(\\d+)([af]?)");

    static Target of(String name) {
      Matcher form = FORM.matcher(name);
      if (!form.matches()) {
        throw new IllegalArgumentException(
            "target " + name + "; legal: sm_<number>, with a or f behind");
      }
      return new Target(name, Integer.parseInt(form.group(1)), form.group(2).equals("a"));
    }

    /** The first version of the PTX ISA, ten times, that knows it; 7.0 for what is older than sm_80. */
    int version() {
      if (architecture >= 120) {
        return 87;
      }
      if (architecture >= 100) {
        return 86;
      }
      if (architecture >= 90) {
        return specific ? 80 : 78;
      }
      return architecture > 86 ? 78 : 70;
    }
  }
}
