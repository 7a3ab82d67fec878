package dev.deepgemm.workloads.safetensors;

import java.util.List;

/**
 * A tensor of a safetensors file.
 *
 * @param name its name
 * @param dtype its type as the format spells it, such as {@code F8_E4M3}
 * @param shape its extents, outermost first
 * @param begin its first byte, counted from the end of the header
 * @param end one past its last byte
 */
public record TensorInfo(String name, String dtype, List<Long> shape, long begin, long end) {
  public TensorInfo {
    shape = List.copyOf(shape);
  }

  @Override
  public String toString() {
    return dtype + shape;
  }
}
