package dev.deepgemm.ptx.tma;

import dev.deepgemm.ptx.TensorMapAddress;
import dev.deepgemm.ptx.U32;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A box of a tensor in global memory: which tensor, and where the box begins. How large it is, the
 * tensor map says.
 *
 * <p>Coordinates count elements, x along the contiguous dimension. They may lie outside: elements
 * that do not exist read as zero and are not written.
 */
public final class TensorBox {
  private final TensorMapAddress map;
  private final List<U32> coordinates;

  private TensorBox(TensorMapAddress map, List<U32> coordinates) {
    this.map = map;
    this.coordinates = coordinates;
  }

  /** A box of a matrix; the map has two dimensions. */
  public static TensorBox of(TensorMapAddress map, U32 x, U32 y) {
    return new TensorBox(map, List.of(x, y));
  }

  /** A box of one of a batch of matrices, or of several; the map has three dimensions. */
  public static TensorBox of(TensorMapAddress map, U32 x, U32 y, U32 z) {
    return new TensorBox(map, List.of(x, y, z));
  }

  /** The instructions' suffix that says how many dimensions there are. */
  String rank() {
    return coordinates.size() + "d";
  }

  /** The operand: map and coordinates. */
  String operand() {
    return coordinates.stream()
        .map(U32::name)
        .collect(Collectors.joining(", ", "[" + map + ", {", "}]"));
  }
}
