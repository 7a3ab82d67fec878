package dev.deepgemm.api;

/**
 * Shared memory of one CTA by part, in bytes. Stage-dependent parts are per stage, so that one
 * value answers for every stage count.
 *
 * @param tensorMaps tensor maps that the kernel edits in shared memory
 * @param d the staged output tile
 * @param aPerStage tile of A
 * @param bPerStage tile of B
 * @param sfaPerStage scales of A
 * @param sfbPerStage scales of B
 * @param extraSfb scales of B that are kept for the whole of k
 * @param barriersPerStage mbarriers that belong to a stage
 * @param barriersFixed mbarriers that do not
 * @param tmemPointer where tensor-memory allocation writes its address
 * @param partials FP32 sums that warpgroups which share a tile along k hand to one another
 */
public record SmemUsage(
    int tensorMaps,
    int d,
    int aPerStage,
    int bPerStage,
    int sfaPerStage,
    int sfbPerStage,
    int extraSfb,
    int barriersPerStage,
    int barriersFixed,
    int tmemPointer,
    int partials) {

  /** Usage of a kernel whose warpgroups do not share tiles along k. */
  public SmemUsage(
      int tensorMaps,
      int d,
      int aPerStage,
      int bPerStage,
      int sfaPerStage,
      int sfbPerStage,
      int extraSfb,
      int barriersPerStage,
      int barriersFixed,
      int tmemPointer) {
    this(
        tensorMaps,
        d,
        aPerStage,
        bPerStage,
        sfaPerStage,
        sfbPerStage,
        extraSfb,
        barriersPerStage,
        barriersFixed,
        tmemPointer,
        0);
  }

  /** Bytes that grow with each stage. */
  public int perStage() {
    return aPerStage + bPerStage + sfaPerStage + sfbPerStage + barriersPerStage;
  }

  /** Bytes that do not depend on the number of stages. */
  public int fixed() {
    return tensorMaps + d + extraSfb + barriersFixed + tmemPointer + partials;
  }

  /** Bytes for {@code stages} stages. */
  public int total(int stages) {
    return Math.addExact(fixed(), Math.multiplyExact(stages, perStage()));
  }
}
