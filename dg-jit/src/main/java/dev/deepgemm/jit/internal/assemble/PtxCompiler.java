package dev.deepgemm.jit.internal.assemble;

import com.sun.jna.Function;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A library with NVIDIA's PTX compiler interface ({@code nvPTXCompilerCreate} and so on), called by name
 * through JNA: a call of it takes a hundred milliseconds, so there is nothing to gain from a binding.
 *
 * <p>The library is opened for this class alone ({@code RTLD_LOCAL}). JNA's default would put its functions
 * before everybody's, and JCuda's natives, which hold a compiler of the same names, would call it instead of
 * their own.
 */
final class PtxCompiler {
  /** The PTX is newer than the compiler. */
  static final int UNSUPPORTED_PTX_VERSION = 7;

  private static final int RTLD_NOW = 2;

  private final NativeLibrary library;
  private final int major;
  private final int minor;

  private PtxCompiler(NativeLibrary library, int major, int minor) {
    this.library = library;
    this.major = major;
    this.minor = minor;
  }

  /**
   * Opens a library.
   *
   * @param library a path, or a name to be looked for as the system does
   * @throws UnsatisfiedLinkError if it cannot be loaded, or does not have the interface
   */
  static PtxCompiler open(String library) {
    NativeLibrary opened =
        NativeLibrary.getInstance(library, Map.of(Library.OPTION_OPEN_FLAGS, RTLD_NOW));
    int[] major = new int[1];
    int[] minor = new int[1];
    int code = opened.getFunction("nvPTXCompilerGetVersion").invokeInt(new Object[] {major, minor});
    if (code != 0) {
      throw new UnsatisfiedLinkError(library + ": nvPTXCompilerGetVersion returned " + code);
    }
    for (String name : List.of("Create", "Compile", "GetCompiledProgram", "Destroy")) {
      opened.getFunction("nvPTXCompiler" + name); // throws and names what is missing
    }
    return new PtxCompiler(opened, major[0], minor[0]);
  }

  /** The CUDA release whose compiler it is, such as {@code 13.0}. */
  String version() {
    return major + "." + minor;
  }

  /** Whether it knows a target such as {@code sm_90a} for sure. */
  boolean knows(String target) {
    return CudaTargets.known(major, minor, target);
  }

  /** Turns PTX into a cubin, as a program of its own: nothing is linked to it afterwards. */
  LibraryResult compile(byte[] ptx, List<String> options) {
    try (Memory handle = new Memory(Long.BYTES);
        Memory source = new Memory(ptx.length + 1L)) {
      source.write(0, ptx, 0, ptx.length);
      source.setByte(ptx.length, (byte) 0);
      handle.clear();
      int code = call("Create", handle, ptx.length + 1L, source);
      if (code != 0) {
        return new LibraryResult(new byte[0], "nvPTXCompilerCreate", code, "", "");
      }
      Pointer state = handle.getPointer(0);
      try {
        code = call("Compile", state, options.size(), options.toArray(new String[0]));
        return new LibraryResult(
            code == 0 ? program(state) : new byte[0],
            code == 0 ? "" : "nvPTXCompilerCompile",
            code,
            log(state, "Info"),
            log(state, "Error"));
      } finally {
        call("Destroy", handle);
      }
    }
  }

  private byte[] program(Pointer state) {
    long size = size(state, "GetCompiledProgramSize");
    if (size == 0) {
      return new byte[0];
    }
    try (Memory bytes = new Memory(size)) {
      return call("GetCompiledProgram", state, bytes) == 0
          ? bytes.getByteArray(0, Math.toIntExact(size))
          : new byte[0];
    }
  }

  private String log(Pointer state, String kind) {
    long size = size(state, "Get" + kind + "LogSize");
    if (size == 0) {
      return "";
    }
    try (Memory text = new Memory(size + 1)) {
      text.clear();
      return call("Get" + kind + "Log", state, text) == 0
          ? text.getString(0, StandardCharsets.UTF_8.name()).strip()
          : "";
    }
  }

  private long size(Pointer state, String function) {
    long[] size = new long[1];
    return call(function, state, size) == 0 ? size[0] : 0;
  }

  private int call(String name, Object... args) {
    Function function = library.getFunction("nvPTXCompiler" + name);
    return function.invokeInt(args);
  }
}
