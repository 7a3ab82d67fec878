package dev.deepgemm.emulator.internal.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.emulator.MicroKernel;
import dev.deepgemm.emulator.internal.numbers.Formats;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code stmatrix}, {@code ldmatrix} and {@code mma.sync}. */
class MatrixMoveTest {
  /** Every lane's word i is element pairs (1000 + 64i + 2 lane, and the next); rows are 16 bytes. */
  private static final String REGISTERS =
      """
      mov.u32 %r10, smem;
      shl.b32 %r11, %r0, 4;
      add.u32 %r11, %r11, %r10;
      shl.b32 %r1, %r0, 1;
      add.u32 %r1, %r1, 1000;
      add.u32 %r2, %r1, 1;
      shl.b32 %r2, %r2, 16;
      or.b32 %r20, %r1, %r2;
      add.u32 %r21, %r20, 0x00400040;
      add.u32 %r22, %r21, 0x00400040;
      add.u32 %r23, %r22, 0x00400040;
      """;

  @ParameterizedTest
  @CsvSource({"x4, false", "x4, true"})
  void stmatrix_laysOutRows(String count, boolean transposed) {
    String ptx =
        REGISTERS
            + """
            stmatrix.sync.aligned.m8n8.%s%s.shared.b16 [%%r11], {%%r20, %%r21, %%r22, %%r23};
            bar.warp.sync 0xffffffff;
            ld.shared.v4.b32 {%%r1, %%r2, %%r3, %%r4}, [%%r11];
            mad.wide.u32 %%rd4, %%r0, 16, %%rd0;
            st.global.v4.b32 [%%rd4], {%%r1, %%r2, %%r3, %%r4};
            """
                .formatted(count, transposed ? ".trans" : "");
    ByteBuffer out = MicroKernel.of(ptx).smem(512).run();
    for (int matrix = 0; matrix < 4; matrix++) {
      for (int row = 0; row < 8; row++) {
        for (int column = 0; column < 8; column++) {
          int r = transposed ? column : row;
          int c = transposed ? row : column;
          int lane = r * 4 + c / 2;
          int expected = 1000 + 64 * matrix + 2 * lane + c % 2;
          assertEquals(expected, out.getShort(matrix * 128 + row * 16 + column * 2));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"''", ".trans"})
  void ldmatrix_undoesStmatrix(String transposed) {
    String ptx =
        REGISTERS
            + """
            stmatrix.sync.aligned.m8n8.x4%s.shared.b16 [%%r11], {%%r20, %%r21, %%r22, %%r23};
            bar.warp.sync 0xffffffff;
            ldmatrix.sync.aligned.m8n8.x2%s.shared.b16 {%%r30, %%r31}, [%%r11+256];
            ldmatrix.sync.aligned.m8n8.x1%s.shared.b16 {%%r32}, [%%r11];
            mad.wide.u32 %%rd4, %%r0, 16, %%rd0;
            st.global.v4.b32 [%%rd4], {%%r30, %%r31, %%r32, %%r20};
            """
                .formatted(transposed, transposed, transposed);
    // Lanes 16 and up name no rows for x2: their addresses lie behind the tile.
    ByteBuffer out = MicroKernel.of(ptx).smem(1024).run();
    for (int lane = 0; lane < 32; lane++) {
      int first = out.getInt(lane * 16 + 12);
      assertEquals(first + 2 * 0x00400040, out.getInt(lane * 16));
      assertEquals(first + 3 * 0x00400040, out.getInt(lane * 16 + 4));
      assertEquals(first, out.getInt(lane * 16 + 8));
    }
  }

  @Test
  void stmatrix_byPartOfAWarp_isAFault() {
    String ptx =
        REGISTERS
            + """
            setp.lt.u32 %p1, %r0, 8;
            @%p1 stmatrix.sync.aligned.m8n8.x1.shared.b16 [%r11], {%r20};
            """;
    MicroKernel.of(ptx).smem(512).fault("DG-EMU-12");
  }

  @Test
  void ldmatrix_ofUndefinedBytes_isFoundWhereItIsSeen() {
    String ptx =
        """
        mov.u32 %r10, smem;
        shl.b32 %r11, %r0, 4;
        add.u32 %r11, %r11, %r10;
        ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%r11];
        st.global.u32 [%rd2], %r1;
        """;
    assertTrue(MicroKernel.of(ptx).smem(512).fault("DG-EMU-22").contains("nobody had written"));
  }

  @Test
  void mma_multipliesFragments() {
    int[][] a = new int[16][16];
    int[][] b = new int[16][8];
    Random random = new Random(6);
    for (int[] row : a) {
      java.util.Arrays.setAll(row, i -> random.nextInt(9) - 4);
    }
    for (int[] row : b) {
      java.util.Arrays.setAll(row, i -> random.nextInt(9) - 4);
    }
    // The input holds each lane's six fragment words, by the layouts of the manual.
    ByteBuffer in = ByteBuffer.allocate(32 * 32).order(ByteOrder.LITTLE_ENDIAN);
    for (int lane = 0; lane < 32; lane++) {
      int group = lane / 4;
      int pair = lane % 4 * 2;
      int[][] at = {{0, 0}, {8, 0}, {0, 8}, {8, 8}};
      for (int i = 0; i < 4; i++) {
        for (int e = 0; e < 2; e++) {
          int value = a[group + at[i][0]][pair + at[i][1] + e];
          in.putShort(lane * 32 + i * 4 + e * 2, (short) Formats.toBf16(value));
        }
      }
      for (int i = 0; i < 2; i++) {
        for (int e = 0; e < 2; e++) {
          int value = b[pair + i * 8 + e][group];
          in.putShort(lane * 32 + 16 + i * 4 + e * 2, (short) Formats.toBf16(value));
        }
      }
    }
    String ptx =
        """
        mad.wide.u32 %rd4, %r0, 32, %rd1;
        ld.global.v4.b32 {%r1, %r2, %r3, %r4}, [%rd4];
        ld.global.v2.b32 {%r5, %r6}, [%rd4+16];
        mov.f32 %f0, 0f3F800000;
        mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f4, %f5, %f6, %f7}, {%r1, %r2, %r3, %r4}, {%r5, %r6}, {%f0, %f0, %f0, %f0};
        mad.wide.u32 %rd5, %r0, 16, %rd0;
        st.global.v4.f32 [%rd5], {%f4, %f5, %f6, %f7};
        """;
    ByteBuffer out = MicroKernel.of(ptx).input(in.array()).run();
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; i < 4; i++) {
        int row = lane / 4 + i / 2 * 8;
        int column = lane % 4 * 2 + i % 2;
        int expected = 1;
        for (int x = 0; x < 16; x++) {
          expected += a[row][x] * b[x][column];
        }
        assertEquals(expected, out.getFloat(lane * 16 + i * 4));
      }
    }
  }
}
