package dev.deepgemm.jit.internal.assemble;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The functions of libnvJitLink, through JNA by name: the library is optional, its version is whatever is
 * installed, and a call of it takes a hundred milliseconds, so there is nothing to gain from a binding.
 *
 * <p>Since 12.0 the symbols carry a version, {@code __nvJitLinkCreate_12_4}, which C programs get from a
 * header; a library has those of all minor versions up to its own. Newer ones also have plain names. The
 * signatures of the functions used here are the same in all of them.
 */
final class NvJitLink {
  private static final int INPUT_PTX = 2;
  private static final int NEWEST_MINOR = 20;

  private final NativeLibrary library;
  private final String suffix;
  private final int major;
  private final int minor;

  private NvJitLink(NativeLibrary library, String suffix, int major, int minor) {
    this.library = library;
    this.suffix = suffix;
    this.major = major;
    this.minor = minor;
  }

  /**
   * Opens a library.
   *
   * @throws UnsatisfiedLinkError if it cannot be loaded, or is none that this class knows
   */
  static NvJitLink open(String path) {
    NativeLibrary library = NativeLibrary.getInstance(path);
    int[] major = new int[1];
    int[] minor = new int[1];
    int code = library.getFunction("nvJitLinkVersion").invokeInt(new Object[] {major, minor});
    if (code != 0) {
      throw new UnsatisfiedLinkError(path + ": nvJitLinkVersion returned " + code);
    }
    return new NvJitLink(library, suffix(library, major[0]), major[0], minor[0]);
  }

  private static String suffix(NativeLibrary library, int major) {
    for (int minor = NEWEST_MINOR; minor >= 0; minor--) {
      String suffix = "_" + major + "_" + minor;
      if (has(library, "__nvJitLinkCreate" + suffix)) {
        return suffix;
      }
    }
    library.getFunction("nvJitLinkCreate"); // throws and names what is missing
    return "";
  }

  private static boolean has(NativeLibrary library, String symbol) {
    try {
      library.getFunction(symbol);
      return true;
    } catch (UnsatisfiedLinkError e) {
      return false;
    }
  }

  /** Such as {@code 13.0}. */
  String version() {
    return major + "." + minor;
  }

  /** Whether it knows a target such as {@code sm_90a} for sure. */
  boolean knows(String target) {
    return CudaTargets.known(major, minor, target);
  }

  private int call(String name, Object... args) {
    Function function = library.getFunction(suffix.isEmpty() ? name : "__" + name + suffix);
    return function.invokeInt(args);
  }

  /** Turns PTX into a cubin. */
  LibraryResult link(byte[] ptx, String name, List<String> options) {
    try (Memory handle = new Memory(Long.BYTES);
        Memory source = new Memory(ptx.length + 1L)) {
      source.write(0, ptx, 0, ptx.length);
      source.setByte(ptx.length, (byte) 0);
      handle.clear();
      int code = call("nvJitLinkCreate", handle, options.size(), options.toArray(new String[0]));
      if (code != 0) {
        return new LibraryResult(new byte[0], "nvJitLinkCreate", code, "", "");
      }
      try {
        Pointer state = handle.getPointer(0);
        code = call("nvJitLinkAddData", state, INPUT_PTX, source, (long) ptx.length, name);
        String step = "nvJitLinkAddData";
        if (code == 0) {
          code = call("nvJitLinkComplete", state);
          step = "nvJitLinkComplete";
        }
        byte[] cubin = code == 0 ? cubin(state) : new byte[0];
        return new LibraryResult(
            cubin, code == 0 ? "" : step, code, log(state, "Info"), log(state, "Error"));
      } finally {
        call("nvJitLinkDestroy", handle);
      }
    }
  }

  private byte[] cubin(Pointer state) {
    long size = size(state, "nvJitLinkGetLinkedCubinSize");
    if (size == 0) {
      return new byte[0];
    }
    try (Memory bytes = new Memory(size)) {
      return call("nvJitLinkGetLinkedCubin", state, bytes) == 0
          ? bytes.getByteArray(0, Math.toIntExact(size))
          : new byte[0];
    }
  }

  private String log(Pointer state, String kind) {
    long size = size(state, "nvJitLinkGet" + kind + "LogSize");
    if (size == 0) {
      return "";
    }
    try (Memory text = new Memory(size + 1)) {
      text.clear();
      return call("nvJitLinkGet" + kind + "Log", state, text) == 0
          ? text.getString(0, StandardCharsets.UTF_8.name()).strip()
          : "";
    }
  }

  private long size(Pointer state, String function) {
    long[] size = new long[1];
    return call(function, state, size) == 0 ? size[0] : 0;
  }
}
