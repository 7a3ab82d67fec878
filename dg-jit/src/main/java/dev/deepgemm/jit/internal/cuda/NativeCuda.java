package dev.deepgemm.jit.internal.cuda;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * Driver functions that JCuda lacks, or through which every launch goes, bound by JNA's direct
 * mapping. Pointers travel as {@code long}: nothing is allocated per call.
 *
 * <p>Measured on an H100 machine, host time per launch of a trivial kernel: C 3.3 us, direct mapping
 * with reused parameter memory 3.6 to 5.8 us, JCuda's {@code cuLaunchKernel} with fresh {@code
 * Pointer}s 6.0 to 11.8 us.
 *
 * <p>Names are those of the library's symbols, version suffixes included.
 */
final class NativeCuda {
  /** The driver's user-space library. */
  static final String LIBRARY = "libcuda.so.1";

  private NativeCuda() {}

  /** Binds the methods; throws {@link UnsatisfiedLinkError} if library or symbol are missing. */
  static void bind() {
    Native.register(NativeCuda.class, NativeLibrary.getInstance(LIBRARY));
  }

  static native int cuLaunchKernelEx(long config, long function, long params, long extra);

  static native int cuCtxGetCurrent(long contextOut);

  static native int cuTensorMapEncodeTiled(
      long map,
      int dataType,
      int rank,
      long address,
      long dims,
      long strides,
      long box,
      long elementStrides,
      int interleave,
      int swizzle,
      int l2Promotion,
      int oobFill);

  static native int cuTensorMapReplaceAddress(long map, long address);

  static native int cuLinkCreate_v2(int count, long options, long values, long stateOut);

  static native int cuLinkAddData_v2(
      long state, int type, long data, long size, long name, int count, long options, long values);

  static native int cuLinkComplete(long state, long cubinOut, long sizeOut);

  static native int cuLinkDestroy(long state);
}
