package dev.deepgemm.emulator.internal.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.emulator.MicroKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryTest {
  @Test
  void vectors_moveWhole() {
    String ptx =
        """
        ld.global.nc.L1::no_allocate.v4.b32 {%r1, %r2, %r3, %r4}, [%rd1];
        mov.u32 %r10, smem;
        st.shared.v2.b32 [%r10+8], {%r3, %r4};
        st.shared.v2.b32 [%r10], {%r1, %r2};
        ld.shared.v2.b64 {%rd4, %rd5}, [%r10];
        st.global.v2.b64 [%rd0], {%rd5, %rd4};
        """;
    assertArrayEquals(
        new int[] {3, 4, 1, 2}, MicroKernel.of(ptx).smem(64).input(1, 2, 3, 4).words(4));
  }

  @Test
  void narrowLoads_extend() {
    String ptx =
        """
        ld.global.s8 %r1, [%rd1];
        ld.global.u8 %r2, [%rd1];
        ld.global.s16 %r3, [%rd1];
        st.global.v2.u32 [%rd0], {%r1, %r2};
        st.global.u32 [%rd0+8], %r3;
        st.global.u8 [%rd0+12], %r1;
        """;
    var out = MicroKernel.of(ptx).input(0x8180).run();
    assertEquals(0xffffff80, out.getInt(0));
    assertEquals(0x80, out.getInt(4));
    assertEquals(0xffff8180, out.getInt(8));
    assertEquals((byte) 0x80, out.get(12));
  }

  @Test
  void genericAddresses_reachSharedAndGlobal() {
    String ptx =
        """
        .shared .align 8 .b8 local[16];
        mov.u64 %rd4, local;
        cvta.shared.u64 %rd5, %rd4;
        st.u32 [%rd5+4], 99;
        mov.u32 %r1, local;
        ld.shared.u32 %r2, [%r1+4];
        cvta.to.global.u64 %rd6, %rd0;
        st.u32 [%rd6], %r2;
        """;
    assertEquals(99, MicroKernel.of(ptx).word());
  }

  @Test
  void globalAccess_outOfBounds_isAFault() {
    String text = MicroKernel.of("ld.global.u32 %r1, [%rd1+4096];").fault("DG-EMU-20");
    assertTrue(text.contains("lane 0") && text.contains("not allocated"), text);
  }

  @Test
  void sharedAccess_outOfBounds_isAFault() {
    String ptx = "mov.u32 %r1, smem;\nst.shared.u32 [%r1+64], 1;";
    assertTrue(MicroKernel.of(ptx).smem(64).fault("DG-EMU-20").contains("0x440"));
  }

  @Test
  void misalignedAccess_isAFault() {
    MicroKernel.of("ld.global.u32 %r1, [%rd1+2];").fault("DG-EMU-21");
    MicroKernel.of("mov.u32 %r1, smem;\nst.shared.v4.u32 [%r1+8], {%r0, %r0, %r0, %r0};")
        .smem(64)
        .fault("DG-EMU-21");
  }

  @Test
  void uninitialisedRegister_isAFaultWhenItIsStored() {
    String text =
        MicroKernel.of("add.u32 %r2, %r1, 1;\nst.global.u32 [%rd0], %r2;").fault("DG-EMU-22");
    assertTrue(text.contains("register %r1, which was never written"), text);
  }

  @Test
  void uninitialisedRegister_mayBeThrownAway() {
    String ptx =
        """
        add.u32 %r2, %r1, 1;
        setp.eq.u32 %p1, %r0, %r0;
        selp.u32 %r3, 5, %r2, %p1;
        st.global.u32 [%rd0], %r3;
        """;
    assertEquals(5, MicroKernel.of(ptx).word());
  }

  @Test
  void undefinedValue_inAnAddressOrABranch_isAFault() {
    assertTrue(MicroKernel.of("ld.global.u32 %r1, [%rd9];").fault("DG-EMU-22").contains("address"));
    assertTrue(
        MicroKernel.of("setp.eq.u32 %p1, %r5, 0;\n@%p1 bra L;\nL:")
            .fault("DG-EMU-22")
            .contains("%r5"));
  }

  @Test
  void uninitialisedMemory_isTracked() {
    String shared = "mov.u32 %r1, smem;\nld.shared.u32 %r2, [%r1];\nst.global.u32 [%rd0], %r2;";
    assertTrue(MicroKernel.of(shared).smem(64).fault("DG-EMU-22").contains("nobody had written"));
    String global = "ld.global.u32 %r2, [%rd0];\nst.global.u32 [%rd0], %r2;";
    assertTrue(MicroKernel.of(global).fault("DG-EMU-22").contains("global memory"));
  }

  @Test
  void atomics_countAllThreads() {
    String ptx =
        """
        mov.u32 %r10, smem;
        setp.eq.u32 %p1, %r0, 0;
        @%p1 st.shared.u32 [%r10], 0;
        @%p1 st.shared.u32 [%r10+4], 0;
        bar.sync 0;
        atom.shared.add.u32 %r1, [%r10], 1;
        red.shared.max.u32 [%r10+4], %r0;
        bar.sync 0;
        ld.shared.u32 %r2, [%r10];
        ld.shared.u32 %r3, [%r10+4];
        atom.global.add.u32 %r4, [%rd1], 2;
        st.global.v2.u32 [%rd0], {%r2, %r3};
        """;
    MicroKernel kernel = MicroKernel.of(ptx).threads(96).grid(3).smem(64);
    int[] words = kernel.words(2);
    assertArrayEquals(new int[] {96, 95}, words);
  }

  @Test
  void atomics_exchangeAndCompare() {
    String ptx =
        """
        setp.ne.u32 %p1, %r0, 0;
        @%p1 bra END;
        atom.global.cas.b32 %r1, [%rd1], 5, 9;
        atom.global.exch.b32 %r2, [%rd1], 11;
        atom.global.add.f32 %f1, [%rd1+4], 0f3F800000;
        ld.global.f32 %f2, [%rd1+4];
        st.global.v2.u32 [%rd0], {%r1, %r2};
        st.global.f32 [%rd0+8], %f2;
        END:
        """;
    var out = MicroKernel.of(ptx).input(5, Float.floatToRawIntBits(2f)).run();
    assertEquals(5, out.getInt(0));
    assertEquals(9, out.getInt(4));
    assertEquals(3f, out.getFloat(8));
  }

  @Test
  void asyncCopy_isVisibleAfterItsGroup() {
    String ptx =
        """
        mov.u32 %r10, smem;
        shl.b32 %r11, %r0, 2;
        add.u32 %r10, %r10, %r11;
        cp.async.ca.shared.global [%r10], [%rd3], 4;
        cp.async.commit_group;
        cp.async.wait_group 0;
        ld.shared.u32 %r1, [%r10];
        st.global.u32 [%rd2], %r1;
        """;
    int[] words = new int[32];
    java.util.Arrays.setAll(words, i -> i * i);
    assertArrayEquals(words, MicroKernel.of(ptx).smem(128).input(words).words(32));
    String text =
        MicroKernel.of(ptx.replace("cp.async.wait_group 0;", ""))
            .smem(128)
            .input(words)
            .fault("DG-EMU-22");
    assertTrue(text.contains("cp.async at line"), text);
  }

  @Test
  void asyncCopy_arrivesAtAnMbarrier() {
    String ptx =
        """
        mov.u32 %r10, smem;
        add.u32 %r12, %r10, 128;
        setp.eq.u32 %p1, %r0, 0;
        @%p1 mbarrier.init.shared.b64 [%r12], 32;
        bar.sync 0;
        shl.b32 %r11, %r0, 2;
        add.u32 %r10, %r10, %r11;
        cp.async.ca.shared.global [%r10], [%rd3], 4;
        cp.async.mbarrier.arrive.noinc.shared.b64 [%r12];
        WAIT:
        mbarrier.try_wait.parity.shared.b64 %p2, [%r12], 0;
        @!%p2 bra WAIT;
        ld.shared.u32 %r1, [%r10];
        st.global.u32 [%rd2], %r1;
        """;
    int[] words = new int[32];
    java.util.Arrays.setAll(words, i -> i + 3);
    assertArrayEquals(words, MicroKernel.of(ptx).smem(256).input(words).words(32));
  }

  @Test
  void vectorsOfFloats_goThroughRegistersAndSharedMemory() {
    String ptx =
        """
        mov.u32 %r10, smem;
        ld.global.v4.f32 {%f0, %f1, %f2, %f3}, [%rd1];
        ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd1+16];
        st.shared.v4.f32 [%r10], {%f3, %f2, %f1, %f0};
        ld.shared.v2.f32 {%f4, %f5}, [%r10+8];
        add.f32 %f4, %f4, %f5;
        st.global.v4.f32 [%rd0], {%f3, %f2, %f4, %f0};
        st.global.v4.u32 [%rd0+16], {%r4, %r3, %r2, %r1};
        """;
    int[] in = new int[8];
    for (int i = 0; i < 4; i++) {
      in[i] = Float.floatToRawIntBits(1.5f + i);
      in[4 + i] = 100 + i;
    }
    var out = MicroKernel.of(ptx).threads(32).smem(64).input(in).run();
    float[] expected = {4.5f, 3.5f, 2.5f + 1.5f, 1.5f};
    for (int i = 0; i < 4; i++) {
      assertEquals(expected[i], out.getFloat(i * 4));
      assertEquals(103 - i, out.getInt(16 + i * 4));
    }
  }

  /** Two lanes each add their 16 bytes of the input, or what of them the vector takes, to the same place. */
  @ParameterizedTest
  @CsvSource({"f32, 1", "f32, 2", "f32, 4", "bf16x2, 1", "bf16x2, 2", "bf16x2, 4"})
  void reductions_addToGlobalMemory(String type, int width) {
    boolean real = type.equals("f32");
    String registers =
        IntStream.range(0, width)
            .mapToObj(i -> (real ? "%f" : "%r1") + i)
            .collect(Collectors.joining(", "));
    String ptx =
        """
        mad.wide.u32 %%rd4, %%r0, 16, %%rd1;
        shr.u32 %%r1, %%r0, 1;
        mad.wide.u32 %%rd5, %%r1, 16, %%rd0;
        mov.u32 %%r2, 0;
        st.global.v4.u32 [%%rd5], {%%r2, %%r2, %%r2, %%r2};
        bar.warp.sync 0xffffffff;
        ld.global%1$s.%2$s %3$s, [%%rd4];
        red.relaxed.gpu.global.add%4$s%1$s.%5$s [%%rd5], %3$s;
        """
            .formatted(
                width == 1 ? "" : ".v" + width,
                real ? "f32" : "b32",
                width == 1 ? registers : "{" + registers + "}",
                real ? "" : ".noftz",
                type);
    ByteBuffer in = ByteBuffer.allocate(32 * 16).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 128; i++) {
      if (real) {
        in.putFloat(i * 4, 1.5f * i);
      } else {
        in.putShort(i * 4, (short) (Float.floatToRawIntBits(i) >>> 16));
        in.putShort(i * 4 + 2, (short) (Float.floatToRawIntBits(-2 * i) >>> 16));
      }
    }
    var out = MicroKernel.of(ptx).input(in.array()).output(16 * 16).run();
    for (int i = 0; i < 64; i++) {
      int one = i / 4 * 8 + i % 4; // of the even lane; the odd one's is 4 words behind
      int sum = i % 4 < width ? one + one + 4 : 0;
      if (real) {
        assertEquals(1.5f * sum, out.getFloat(i * 4));
      } else {
        assertEquals(sum, Float.intBitsToFloat(out.getShort(i * 4) << 16));
        assertEquals(0f - 2 * sum, Float.intBitsToFloat(out.getShort(i * 4 + 2) << 16));
      }
    }
  }

  @Test
  void reductions_ofVectors_areAlignedToTheWholeAndGlobal() {
    MicroKernel.of("red.global.add.v2.f32 [%rd1+4], {%f0, %f1};").fault("DG-EMU-22");
    String defined = "mov.f32 %f0, 0f00000000;\n";
    MicroKernel.of(defined + "red.global.add.v2.f32 [%rd1+4], {%f0, %f0};").fault("DG-EMU-21");
    MicroKernel.of(defined + "mov.u32 %r1, smem;\nred.shared.add.v2.f32 [%r1], {%f0, %f0};")
        .smem(64)
        .fault("DG-EMU-20");
    MicroKernel.of(defined + "red.global.max.v2.f32 [%rd1], {%f0, %f0};").fault("DG-EMU-03");
  }
}
