package dev.deepgemm.jit.internal.cuda;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/**
 * Between JCuda's objects and raw handles. JCuda keeps the native value in a private field without a
 * public getter, so this class looks inside; the version of JCuda is pinned, and a test holds the
 * fields' names.
 */
public final class JCudaHandles {
  private static final VarHandle NATIVE_POINTER;
  private static final VarHandle BYTE_OFFSET;

  static {
    try {
      MethodHandles.Lookup here = MethodHandles.lookup();
      NATIVE_POINTER =
          MethodHandles.privateLookupIn(NativePointerObject.class, here)
              .findVarHandle(NativePointerObject.class, "nativePointer", long.class);
      BYTE_OFFSET =
          MethodHandles.privateLookupIn(Pointer.class, here)
              .findVarHandle(Pointer.class, "byteOffset", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private JCudaHandles() {}

  /** The native value of a handle. */
  public static long value(NativePointerObject object) {
    return (long) NATIVE_POINTER.get(object);
  }

  /** The device address that a pointer stands for, its offset included. */
  public static long address(CUdeviceptr pointer) {
    return value(pointer) + (long) BYTE_OFFSET.get((Pointer) pointer);
  }

  /** Gives a fresh JCuda object a native value. */
  public static <T extends NativePointerObject> T of(long value, T fresh) {
    NATIVE_POINTER.set((NativePointerObject) fresh, value);
    return fresh;
  }
}
