package dev.deepgemm.kernels.scale;

import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.work.KLoop;
import dev.deepgemm.kernels.work.KRange;
import dev.deepgemm.kernels.work.Step;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.U32;

/** A scale scheme as a kernel has it: what is loaded with a slot, where it lies, and how it is applied. */
public interface Scales {
  /** Registers that the scales of a second product take besides those of the first. */
  int scaleRegisters();

  /** Bytes that come into a slot. */
  int bytesPerSlot();

  /** Asks for tensor maps. */
  void prefetchMaps(Code code);

  /** The producer's side. */
  Loader loader(Cta cta);

  /** The math warpgroups' side. */
  Promotion promotion(Cta cta, MathThreads threads, KLoop kLoop, KRange range);

  /** Fills slots. */
  interface Loader {
    /** Fetches what goes with a step of A. */
    void withA(U32 row, Step step);

    /** Fetches what goes with a step of B. */
    void withB(U32 column, Step step);
  }
}
