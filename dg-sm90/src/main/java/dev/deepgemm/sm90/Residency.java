package dev.deepgemm.sm90;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Scaling;
import dev.deepgemm.api.Swizzles;

/**
 * How many CTAs of a kernel an SM holds at once: one, or two if both fit.
 *
 * <p>Not for the sake of one launch, whose grid never has more CTAs than there are SMs, but of two
 * launches in a row. Where the next launch's CTAs find room beside those that still work, they have set
 * up their barriers, fetched their tensor maps and asked memory for their first tiles by the time the
 * last of these is done ({@link GemmEmitter}). With few rows a product is over in ten microseconds, of
 * which an empty pipeline at the beginning and an idle memory at the end take two to three.
 *
 * <p>It follows from the kernel's identity: half of the SM's shared memory holds its pipeline, half of
 * the registers its sums. A deep pipeline and a neighbour exclude each other, so the depth is what
 * chooses between them. Shared memory grows with k a little; counted is a k of {@value #LONG_K}, and a
 * longer one costs the neighbour, nothing else.
 */
final class Residency {
  /** Shared memory of an SM. */
  private static final int SM_SMEM = 233_472;

  /** What the system keeps of it for each CTA. */
  private static final int RESERVED = 1024;

  static final int LONG_K = 16_384;

  /** Swizzles change no size. */
  static final Swizzles ANY = new Swizzles(128, 128, 0);

  private Residency() {}

  /** CTAs of a kernel that fit an SM: 1 or 2. */
  static int ctasPerSm(KernelSpec spec) {
    return ctasPerSm(Sm90SmemLayout.of(spec, LONG_K), spec.stages());
  }

  /** The same of a layout for a k of {@value #LONG_K}. */
  static int ctasPerSm(Sm90SmemLayout layout, int stages) {
    boolean scaled = layout.scaling() != Scaling.KERNEL_NO_SF;
    RegisterBudget half = new RegisterBudget(layout.team().threads().math(), 2);
    return layout.usage().total(stages) <= SM_SMEM / 2 - RESERVED
            && half.fits(layout.tile(), scaled)
        ? 2
        : 1;
  }
}
