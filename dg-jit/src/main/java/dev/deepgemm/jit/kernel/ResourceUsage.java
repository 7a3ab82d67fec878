package dev.deepgemm.jit.kernel;

/**
 * What a kernel takes of a multiprocessor, as its assembler counted.
 *
 * @param registers per thread, at launch; a kernel that reallocates registers starts with these
 * @param spillStores bytes of registers stored to local memory, per thread; 0 in any good kernel
 * @param spillLoads bytes of registers loaded back
 * @param stack bytes of stack per thread
 * @param staticSmem bytes of static shared memory per CTA
 */
public record ResourceUsage(
    int registers, int spillStores, int spillLoads, int stack, int staticSmem) {

  /** Whether registers spill to local memory. */
  public boolean spills() {
    return spillStores > 0 || spillLoads > 0;
  }
}
