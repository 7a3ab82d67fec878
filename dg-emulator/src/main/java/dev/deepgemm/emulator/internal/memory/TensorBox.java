package dev.deepgemm.emulator.internal.memory;

import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.emulator.internal.check.Fault;

/** The part of a tensor that one copy moves, cut into rows of contiguous elements. */
public final class TensorBox {
  /** Takes one row of the box. */
  public interface RowVisitor {
    /**
     * One row.
     *
     * @param offset where the row begins in the box, in bytes, before any swizzle
     * @param address device address of the first byte that is in bounds
     * @param first first byte of the row that is in bounds
     * @param end byte behind the last one that is in bounds; not above {@code first} if none is
     */
    void row(int offset, long address, int first, int end);
  }

  private final TensorMap map;
  private final int[] at;

  /** {@code at}: coordinates of the first element, innermost first; they may be out of bounds. */
  public TensorBox(TensorMap map, int[] at) {
    this.map = map;
    this.at = at;
    int rowBytes = rowBytes();
    if (map.swizzle() != TensorMap.Swizzle.NONE && rowBytes != map.swizzle().bytes()) {
      throw new Fault(
          "DG-EMU-44",
          "box rows of %d bytes with swizzle %s; modelled are rows as wide as the swizzle",
          rowBytes,
          map.swizzle());
    }
  }

  public TensorMap map() {
    return map;
  }

  int rowBytes() {
    return map.box().get(0) * map.type().bytes();
  }

  public int bytes() {
    return map.boxBytes();
  }

  public void rows(RowVisitor visitor) {
    int size = map.type().bytes();
    long dim = map.dims().get(0);
    int width = map.box().get(0);
    int first = (int) Math.max(0, Math.min(width, -(long) at[0]));
    int end = (int) Math.max(first, Math.min(width, dim - at[0]));
    int rank = at.length;
    int[] index = new int[rank];
    for (int offset = 0; offset < bytes(); offset += rowBytes()) {
      boolean inside = end > first;
      long address = map.address() + (long) (at[0] + first) * size;
      for (int d = 1; d < rank; d++) {
        long coordinate = (long) at[d] + index[d];
        inside &= coordinate >= 0 && coordinate < map.dims().get(d);
        address += coordinate * map.strides().get(d - 1);
      }
      visitor.row(offset, address, first * size, inside ? end * size : first * size);
      for (int d = 1; d < rank && ++index[d] == map.box().get(d); d++) {
        index[d] = 0;
      }
    }
  }
}
