package dev.deepgemm.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.launch.TensorMap.Swizzle;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.smem.SmemDescriptor;
import dev.deepgemm.ptx.smem.SmemLayout;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SmemTest {
  @Test
  void layout_withAMisalignedRegion_isRefusedWithNumbers() {
    SmemLayout layout = new SmemLayout();
    layout.region("small", 100, 1, 4);
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> layout.region("tile", 2048, 2, 1024));
    assertTrue(error.getMessage().contains("tile"));
    assertTrue(error.getMessage().contains("100"));
    assertTrue(error.getMessage().contains("1,024"));
  }

  @Test
  void layout_placesRegionsWithoutGaps() {
    SmemLayout layout = new SmemLayout();
    assertEquals(0, layout.region("a", 1024, 3, 1024).offset());
    assertEquals(3072, layout.region("b", 128, 2, 128).offset());
    assertEquals(3328, layout.bytes());
  }

  /**
   * The 64 bits that a descriptor packs for an operand at address 0: the sum of the immediates that the
   * emitted instructions add to a start that is 0.
   */
  private static long bits(Function<Code, SmemDescriptor> descriptor) {
    List<String> lines =
        Emit.sm90(
            code -> {
              SmemDescriptor d = descriptor.apply(code);
              code.comment("pack");
              d.pack();
            });
    // smem -> shr -> add leading -> mov high ... -> add offset -> pack
    long low = 0;
    long high = 0;
    for (String line : lines) {
      if (line.startsWith("add.u32")) {
        low += immediate(line);
      } else if (line.matches("mov\\.u32 %r\\d+, -?\\d+;")) {
        high = immediate(line);
      }
    }
    assertTrue(lines.get(lines.indexOf("// pack") + 2).startsWith("mov.b64 %rd0, {%r"));
    return high << 32 | low;
  }

  private static long immediate(String line) {
    return Long.parseLong(line.replaceAll(".*, (-?\\d+);", "$1")) & 0xffffffffL;
  }

  private static long kMajor(Swizzle swizzle, UnaryOperator<SmemDescriptor> move) {
    return bits(
        code ->
            move.apply(SmemDescriptor.kMajor(code, code.dynamicSmem(), DataType.BF16, swizzle)));
  }

  private static long mnMajor(Swizzle swizzle, int k, UnaryOperator<SmemDescriptor> move) {
    return bits(
        code ->
            move.apply(
                SmemDescriptor.mnMajor(code, code.dynamicSmem(), DataType.BF16, swizzle, k)));
  }

  private static long fields(long start, long leading, long stride, long mode) {
    return mode << 62 | stride / 16 << 32 | leading / 16 << 16 | start / 16;
  }

  @ParameterizedTest
  @CsvSource({"B128, 1, 1024", "B64, 2, 512", "B32, 3, 256"})
  void kMajor_hasModeAndTheStrideOfEightRows(Swizzle swizzle, int mode, int stride) {
    assertEquals(fields(0, 16, stride, mode), kMajor(swizzle, d -> d));
  }

  @Test
  void kMajor_movesAlongKWithinTheRow_andAlongMnByRows() {
    assertEquals(fields(96, 16, 1024, 1), kMajor(Swizzle.B128, d -> d.alongK(48)));
    assertEquals(fields(64 * 128, 16, 1024, 1), kMajor(Swizzle.B128, d -> d.alongMn(64)));
    assertEquals(
        fields(64 * 128 + 32, 16, 1024, 1), kMajor(Swizzle.B128, d -> d.alongMn(64).alongK(16)));
  }

  @ParameterizedTest
  @CsvSource({"B128, 64, 1, 8192, 1024", "B64, 64, 2, 4096, 512", "B32, 32, 3, 1024, 256"})
  void mnMajor_leadsFromBoxToBox_andStridesOverEightK(
      Swizzle swizzle, int k, int mode, int leading, int stride) {
    assertEquals(fields(0, leading, stride, mode), mnMajor(swizzle, k, d -> d));
  }

  @Test
  void mnMajor_movesAlongKByLines_andAlongMnByBoxes() {
    assertEquals(fields(16 * 128, 8192, 1024, 1), mnMajor(Swizzle.B128, 64, d -> d.alongK(16)));
    assertEquals(fields(8192, 8192, 1024, 1), mnMajor(Swizzle.B128, 64, d -> d.alongMn(64)));
    assertEquals(
        fields(3 * 4096 + 48 * 64, 4096, 512, 2),
        mnMajor(Swizzle.B64, 64, d -> d.alongMn(96).alongK(48)));
  }

  /** Where each element lies by the descriptor's rules is where TMA puts it, box by box. */
  @ParameterizedTest
  @CsvSource({"B128, 64", "B64, 64", "B32, 16"})
  void mnMajor_describesWhatTmaLeaves(Swizzle swizzle, int k) {
    int w = swizzle.bytes();
    long bits = mnMajor(swizzle, k, d -> d);
    int leading = (int) (bits >>> 16 & 0x3fff) * 16;
    int stride = (int) (bits >>> 32 & 0x3fff) * 16;
    for (int mn = 0; mn < 256; mn++) {
      for (int line = 0; line < k; line++) {
        int perLine = w / 2;
        int box = mn / perLine * k * w + line * w + mn % perLine * 2;
        int chunk = mn / 8;
        int byDescriptor =
            chunk / (w / 16) * leading
                + chunk % (w / 16) * 16
                + mn % 8 * 2
                + line / 8 * stride
                + line % 8 * w;
        assertEquals(box, byDescriptor, mn + ", " + line);
      }
    }
  }

  @Test
  void descriptor_ofWhatIsNotSwizzled_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> kMajor(Swizzle.NONE, d -> d));
    assertThrows(IllegalArgumentException.class, () -> mnMajor(Swizzle.NONE, 64, d -> d));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 60, -8, 2048})
  void mnMajor_ofBoxesThatAreNoWholeAtoms_isRefused(int k) {
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> mnMajor(Swizzle.B128, k, d -> d));
    assertTrue(error.getMessage().contains("multiples of 8"), error.getMessage());
  }

  @Test
  void moves_thatLeaveTheOperandOrItsAtoms_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> kMajor(Swizzle.B128, d -> d.alongK(64)));
    assertThrows(IllegalArgumentException.class, () -> kMajor(Swizzle.B128, d -> d.alongK(4)));
    assertThrows(IllegalArgumentException.class, () -> kMajor(Swizzle.B128, d -> d.alongMn(4)));
    assertThrows(
        IllegalArgumentException.class, () -> mnMajor(Swizzle.B128, 64, d -> d.alongK(64)));
    assertThrows(IllegalArgumentException.class, () -> mnMajor(Swizzle.B128, 64, d -> d.alongK(4)));
    assertThrows(
        IllegalArgumentException.class, () -> mnMajor(Swizzle.B128, 64, d -> d.alongMn(32)));
    assertThrows(
        IllegalArgumentException.class, () -> mnMajor(Swizzle.B128, 64, d -> d.alongMn(-64)));
  }
}
