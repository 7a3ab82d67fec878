package dev.deepgemm.ptx.smem;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Shared memory, laid out once: regions one behind the other, in the order in which they are asked
 * for.
 *
 * <p>A region whose natural place is not aligned is an error and not a gap: the byte count that the
 * configuration rules promise has no room for gaps, so a layout that needs one is in the wrong
 * order.
 */
public final class SmemLayout {
  private final List<SmemRegion> regions = new ArrayList<>();
  private int end;

  /**
   * Places the next region.
   *
   * @param name for messages
   * @param stride bytes per slot
   * @param count number of slots
   * @param alignment of every slot, bytes
   */
  public SmemRegion region(String name, int stride, int count, int alignment) {
    if (end % alignment != 0 || (count > 1 && stride % alignment != 0)) {
      throw new IllegalArgumentException(
          String.format(
              "shared memory region %s (%d slots of %,d bytes) starts at %,d; every slot must be a"
                  + " multiple of %,d",
              name, count, stride, end, alignment));
    }
    SmemRegion region = new SmemRegion(name, end, stride, count);
    regions.add(region);
    end = region.end();
    return region;
  }

  /** Bytes in use. */
  public int bytes() {
    return end;
  }

  @Override
  public String toString() {
    return regions.stream().map(SmemRegion::toString).collect(Collectors.joining("\n"));
  }
}
