package dev.deepgemm.emulator.internal.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.emulator.MicroKernel;
import org.junit.jupiter.api.Test;

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
}
