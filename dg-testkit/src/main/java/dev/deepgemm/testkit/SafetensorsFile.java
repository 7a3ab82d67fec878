package dev.deepgemm.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Bytes of safetensors files for tests, right or wrong. */
public final class SafetensorsFile {
  private SafetensorsFile() {}

  /** A file with the given header and that many bytes of data. */
  public static byte[] of(String header, int dataBytes) {
    return of(header, new byte[dataBytes]);
  }

  public static byte[] of(String header, byte[] data) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(8 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    return file.putLong(text.length).put(text).put(data).array();
  }

  public static String tensor(String name, String dtype, String shape, long begin, long end) {
    return "\""
        + name
        + "\":{\"dtype\":\""
        + dtype
        + "\",\"shape\":"
        + shape
        + ",\"data_offsets\":["
        + begin
        + ","
        + end
        + "]}";
  }

  /** A legal FP8 file; all scales are finite. */
  public static byte[] fp8(int m, int n, int k) {
    int blocks = (k + 127) / 128;
    int scaleRows = (n + 127) / 128;
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    Random random = new Random(1);
    StringBuilder header = new StringBuilder("{\"__metadata__\":{\"made by\":\"a test\"}");
    Object[][] tensors = {
      {"a", "F8_E4M3", m, k, 1},
      {"b", "F8_E4M3", n, k, 1},
      {"a_scale", "F32", m, blocks, 4},
      {"b_scale", "F32", scaleRows, blocks, 4},
    };
    for (Object[] tensor : tensors) {
      int rows = (int) tensor[2];
      int cols = (int) tensor[3];
      int size = (int) tensor[4];
      int begin = data.size();
      ByteBuffer bytes = ByteBuffer.allocate(rows * cols * size).order(ByteOrder.LITTLE_ENDIAN);
      while (bytes.hasRemaining()) {
        if (size == 4) {
          bytes.putFloat(random.nextFloat() + 0.5f);
        } else {
          bytes.put((byte) random.nextInt(0x78));
        }
      }
      data.writeBytes(bytes.array());
      header
          .append(',')
          .append(
              tensor(
                  (String) tensor[0],
                  (String) tensor[1],
                  "[" + rows + "," + cols + "]",
                  begin,
                  data.size()));
    }
    return of(header.append('}').toString(), data.toByteArray());
  }
}
