package dev.deepgemm.ptx;

/**
 * An address in shared memory of the executing CTA, in bytes, 32 bits wide. It begins at {@link
 * Code#dynamicSmem} and moves by offsets; regions of a layout ({@code SmemRegion}) hand them out.
 */
public sealed class SmemAddress extends Reg permits SmemVar {
  SmemAddress(String name) {
    super(name);
  }
}
