package dev.deepgemm.jit.internal.cuda;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.deepgemm.driver.CudaDriver.LinkResult;
import java.nio.charset.StandardCharsets;

/**
 * {@code cuLinkCreate}, {@code cuLinkAddData}, {@code cuLinkComplete}: the assembler inside the driver.
 *
 * <p>The cubin that {@code cuLinkComplete} hands out belongs to the link state: it is copied before
 * the state is destroyed. Through JNA, because the log buffers have to stay where they are from
 * creation to destruction of the state.
 */
final class DriverLinker {
  private static final int INPUT_PTX = 1;
  private static final int LOG_BYTES = 64 * 1024;

  // CUjit_option
  private static final int INFO_LOG = 3;
  private static final int INFO_LOG_SIZE = 4;
  private static final int ERROR_LOG = 5;
  private static final int ERROR_LOG_SIZE = 6;
  private static final int OPTIMIZATION_LEVEL = 7;
  private static final int LOG_VERBOSE = 12;
  private static final int GENERATE_LINE_INFO = 13;

  private DriverLinker() {}

  static LinkResult link(byte[] ptx, String name, boolean lineInfo) {
    try (Memory info = new Memory(LOG_BYTES);
        Memory errors = new Memory(LOG_BYTES);
        Memory keys = new Memory(7 * Integer.BYTES);
        Memory values = new Memory(7 * Long.BYTES);
        Memory out = new Memory(2 * Long.BYTES);
        Memory source = new Memory(ptx.length + 1L);
        Memory label = new Memory(name.length() * 4L + 1)) {
      info.clear();
      errors.clear();
      out.clear();
      source.write(0, ptx, 0, ptx.length);
      source.setByte(ptx.length, (byte) 0);
      label.setString(0, name, StandardCharsets.UTF_8.name());
      option(keys, values, 0, INFO_LOG, Pointer.nativeValue(info));
      option(keys, values, 1, INFO_LOG_SIZE, LOG_BYTES);
      option(keys, values, 2, ERROR_LOG, Pointer.nativeValue(errors));
      option(keys, values, 3, ERROR_LOG_SIZE, LOG_BYTES);
      option(keys, values, 4, OPTIMIZATION_LEVEL, 4);
      option(keys, values, 5, LOG_VERBOSE, 1);
      option(keys, values, 6, GENERATE_LINE_INFO, 1);

      int code =
          NativeCuda.cuLinkCreate_v2(
              lineInfo ? 7 : 6,
              Pointer.nativeValue(keys),
              Pointer.nativeValue(values),
              Pointer.nativeValue(out));
      byte[] cubin = {};
      if (code == 0) {
        long state = out.getLong(0);
        try {
          code =
              NativeCuda.cuLinkAddData_v2(
                  state,
                  INPUT_PTX,
                  Pointer.nativeValue(source),
                  ptx.length + 1L,
                  Pointer.nativeValue(label),
                  0,
                  0,
                  0);
          if (code == 0) {
            code =
                NativeCuda.cuLinkComplete(
                    state, Pointer.nativeValue(out), Pointer.nativeValue(out) + Long.BYTES);
          }
          if (code == 0) {
            cubin =
                new Pointer(out.getLong(0))
                    .getByteArray(0, Math.toIntExact(out.getLong(Long.BYTES)));
          }
        } finally {
          NativeCuda.cuLinkDestroy(state);
        }
      }
      return new LinkResult(cubin, code, text(info), text(errors));
    }
  }

  private static void option(Memory keys, Memory values, int index, int key, long value) {
    keys.setInt((long) index * Integer.BYTES, key);
    values.setLong((long) index * Long.BYTES, value);
  }

  private static String text(Memory log) {
    log.setByte(LOG_BYTES - 1L, (byte) 0);
    return log.getString(0, StandardCharsets.UTF_8.name()).strip();
  }
}
