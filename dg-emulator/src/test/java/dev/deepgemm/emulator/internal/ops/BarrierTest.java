package dev.deepgemm.emulator.internal.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.emulator.MicroKernel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BarrierTest {
  /** Thread 0 initialises a barrier of that count at smem, and all see it. */
  private static String init(int count) {
    return """
        mov.u32 %%r10, smem;
        setp.eq.u32 %%p1, %%r0, 0;
        @%%p1 mbarrier.init.shared::cta.b64 [%%r10], %d;
        fence.mbarrier_init.release.cluster;
        bar.sync 0;
        """
        .formatted(count);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3, 4})
  void pingPong_overManyPhases_keepsOrder(long seed) {
    // Warp 0 writes a number, warp 1 adds it up and hands the slot back: two barriers, parity bits.
    String ptx =
        """
        mov.u32 %r10, smem;
        add.u32 %r11, %r10, 8;
        setp.eq.u32 %p1, %r0, 0;
        @%p1 mbarrier.init.shared.b64 [%r10], 32;
        @%p1 mbarrier.init.shared.b64 [%r11], 32;
        bar.sync 0;
        mov.u32 %r20, 0;
        mov.u32 %r21, 0;
        setp.ge.u32 %p2, %r0, 32;
        @%p2 bra CONSUMER;
        mov.u32 %r22, 1;
        PRODUCE:
        EMPTY:
        mbarrier.try_wait.parity.shared.b64 %p3, [%r11], %r22;
        @!%p3 bra EMPTY;
        @%p1 st.shared.u32 [%r10+16], %r20;
        mbarrier.arrive.release.cta.shared.b64 _, [%r10];
        xor.b32 %r22, %r22, 1;
        add.u32 %r20, %r20, 1;
        setp.lt.u32 %p4, %r20, 20;
        @%p4 bra PRODUCE;
        bra END;
        CONSUMER:
        mov.u32 %r22, 0;
        CONSUME:
        FULL:
        mbarrier.test_wait.parity.acquire.cta.shared.b64 %p3, [%r10], %r22;
        @!%p3 bra FULL;
        ld.shared.u32 %r23, [%r10+16];
        add.u32 %r21, %r21, %r23;
        mbarrier.arrive.shared.b64 %rd4, [%r11];
        xor.b32 %r22, %r22, 1;
        add.u32 %r20, %r20, 1;
        setp.lt.u32 %p4, %r20, 20;
        @%p4 bra CONSUME;
        st.global.u32 [%rd2], %r21;
        END:
        """;
    var out = MicroKernel.of(ptx).threads(64).smem(64).seed(seed).run();
    for (int lane = 32; lane < 64; lane++) {
      assertEquals(190, out.getInt(lane * 4));
    }
  }

  @Test
  void state_ofAnArrival_canBeWaitedFor() {
    String ptx =
        init(32)
            + """
            mbarrier.arrive.shared.b64 %rd4, [%r10];
            WAIT:
            mbarrier.test_wait.shared.b64 %p2, [%r10], %rd4;
            @!%p2 bra WAIT;
            st.global.u32 [%rd2], 3;
            """;
    assertEquals(3, MicroKernel.of(ptx).smem(64).words(32)[31]);
  }

  @Test
  void deadlock_namesBarrierAndWaiters() {
    String ptx =
        init(33)
            + """
            mbarrier.arrive.shared.b64 _, [%r10];
            WAIT:
            mbarrier.try_wait.parity.shared.b64 %p2, [%r10], 0;
            @!%p2 bra WAIT;
            """;
    String text = MicroKernel.of(ptx).smem(64).seed(5).fault("DG-EMU-10");
    assertTrue(text.contains("CTA 0 warp 0 lanes 0-31"), text);
    assertTrue(text.contains("parity 0 of mbarrier 0x400 (phase 0, parity 0: 1 of 33"), text);
    assertTrue(text.contains("seed 5"), text);
  }

  @Test
  void wrongParity_isADeadlock() {
    String ptx =
        init(32)
            + """
            mbarrier.arrive.shared.b64 _, [%r10];
            WAIT:
            mbarrier.try_wait.parity.shared.b64 %p2, [%r10], 1;
            @!%p2 bra WAIT;
            """;
    // After the first phase, parity 1 names the phase that is under way.
    assertTrue(
        MicroKernel.of(ptx).smem(64).fault("DG-EMU-10").contains("phase 1, parity 1"),
        "names phase and parity");
  }

  @Test
  void arrivalTooMany_isAFault() {
    // Bytes are outstanding, so the phase cannot complete and the second arrival is one too many.
    String ptx =
        init(1)
            + """
            @%p1 mbarrier.arrive.expect_tx.shared.b64 _, [%r10], 16;
            @%p1 mbarrier.arrive.shared.b64 _, [%r10];
            """;
    String text = MicroKernel.of(ptx).smem(64).fault("DG-EMU-31");
    assertTrue(text.contains("16 bytes are outstanding"), text);
  }

  @Test
  void announcedBytes_thatNeverCome_areFoundAtTheEnd() {
    String ptx = init(1) + "@%p1 mbarrier.expect_tx.relaxed.cta.shared.b64 [%r10], 48;";
    assertTrue(MicroKernel.of(ptx).smem(64).fault("DG-EMU-32").contains("48 bytes"));
  }

  @Test
  void mbarrier_isNotOrdinaryMemory() {
    MicroKernel.of(init(1) + "ld.shared.u32 %r1, [%r10+4];").smem(64).fault("DG-EMU-30");
    MicroKernel.of(init(1) + "st.shared.u32 [%r10], 0;").smem(64).fault("DG-EMU-30");
    MicroKernel.of("mov.u32 %r10, smem;\nmbarrier.arrive.shared.b64 _, [%r10];")
        .smem(64)
        .fault("DG-EMU-30");
    String inval =
        init(1) + "@%p1 mbarrier.inval.shared.b64 [%r10];\n@%p1 st.shared.u32 [%r10], 0;";
    MicroKernel.of(inval + "\nst.global.u32 [%rd2], 0;").smem(64).run();
  }

  @Test
  void namedBarriers_countThreads() {
    // Warps 0 and 1 meet at barrier 1, warps 2 and 3 at barrier 2; warp 0 arrives at 3 for warp 3.
    String ptx =
        """
        mov.u32 %r10, smem;
        shl.b32 %r11, %r0, 2;
        add.u32 %r11, %r11, %r10;
        st.shared.u32 [%r11], %r0;
        setp.ge.u32 %p1, %r0, 64;
        selp.u32 %r12, 2, 1, %p1;
        bar.sync %r12, 64;
        xor.b32 %r13, %r0, 32;
        shl.b32 %r13, %r13, 2;
        add.u32 %r13, %r13, %r10;
        ld.shared.u32 %r14, [%r13];
        st.global.u32 [%rd2], %r14;
        setp.lt.u32 %p2, %r0, 32;
        @%p2 bar.arrive 3, 64;
        setp.ge.u32 %p3, %r0, 96;
        @%p3 barrier.sync.aligned 3, 64;
        """;
    int[] words = MicroKernel.of(ptx).threads(128).smem(512).words(128);
    for (int i = 0; i < 128; i++) {
      assertEquals(i ^ 32, words[i]);
    }
  }

  @Test
  void namedBarrier_misuse_isAFault() {
    MicroKernel.of("mov.u32 %r1, 16;\nbar.sync %r1;").fault("DG-EMU-33");
    MicroKernel.of("mov.u32 %r1, 40;\nbar.sync 1, %r1;").fault("DG-EMU-33");
    String counts =
        """
        setp.lt.u32 %p1, %r0, 32;
        selp.u32 %r1, 64, 96, %p1;
        bar.sync 1, %r1;
        """;
    MicroKernel.of(counts).threads(64).fault("DG-EMU-33");
    String missing = "setp.lt.u32 %p1, %r0, 32;\n@%p1 bar.sync 1, 64;";
    String text = MicroKernel.of(missing).threads(64).fault("DG-EMU-10");
    assertTrue(text.contains("barrier 1 (32 of 64 threads arrived)"), text);
  }

  @Test
  void alignedBarrier_byPartOfAWarp_isAFault() {
    String guarded = "setp.lt.u32 %p1, %r0, 16;\n@%p1 bar.sync 0;";
    MicroKernel.of(guarded).fault("DG-EMU-12");
    String branched =
        "setp.lt.u32 %p1, %r0, 16;\n@%p1 bra L;\nbar.sync 0;\nbra M;\nL:\nbar.sync 1;\nM:";
    String text = MicroKernel.of(branched).fault("DG-EMU-12");
    assertTrue(text.contains("not all threads of the warp got there"), text);
  }

  @Test
  void clusterBarrier_andRemoteMemory_work() {
    String ptx =
        """
        mov.u32 %r10, smem;
        mov.u32 %r1, %cluster_ctarank;
        xor.b32 %r2, %r1, 1;
        shl.b32 %r11, %r0, 2;
        add.u32 %r12, %r10, %r11;
        mapa.shared::cluster.u32 %r13, %r12, %r2;
        mad.lo.u32 %r3, %r1, 100, %r0;
        st.shared::cluster.u32 [%r13], %r3;
        barrier.cluster.arrive.release.aligned;
        barrier.cluster.wait.acquire.aligned;
        ld.shared.u32 %r4, [%r12];
        mad.lo.u32 %r5, %r1, 32, %r0;
        mad.wide.u32 %rd4, %r5, 4, %rd0;
        st.global.u32 [%rd4], %r4;
        """;
    int[] words = MicroKernel.of(ptx).cluster(2).smem(128).words(64);
    for (int i = 0; i < 64; i++) {
      assertEquals((i / 32 ^ 1) * 100 + i % 32, words[i]);
    }
  }

  @Test
  void remoteArrival_reachesTheOtherCta() {
    String ptx =
        """
        mov.u32 %r10, smem;
        mov.u32 %r1, %cluster_ctarank;
        setp.eq.u32 %p1, %r0, 0;
        @%p1 mbarrier.init.shared.b64 [%r10], 64;
        fence.mbarrier_init.release.cluster;
        barrier.cluster.arrive;
        barrier.cluster.wait;
        mov.u32 %r2, 0;
        mapa.shared::cluster.u32 %r3, %r10, %r2;
        mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%r3];
        setp.ne.u32 %p2, %r1, 0;
        @%p2 bra END;
        WAIT:
        mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 %p3, [%r10], 0;
        @!%p3 bra WAIT;
        st.global.u32 [%rd2], 5;
        END:
        barrier.cluster.arrive;
        barrier.cluster.wait;
        """;
    assertEquals(5, MicroKernel.of(ptx).cluster(2).smem(64).words(32)[17]);
  }

  @Test
  void exitedCta_mustNotBeTouched() {
    String ptx =
        """
        mov.u32 %r10, smem;
        mov.u32 %r1, %cluster_ctarank;
        setp.eq.u32 %p1, %r1, 1;
        @%p1 exit;
        mov.u32 %r5, 0;
        SPIN:
        add.u32 %r5, %r5, 1;
        setp.lt.u32 %p2, %r5, 3000;
        @%p2 bra SPIN;
        mov.u32 %r2, 1;
        mapa.shared::cluster.u32 %r3, %r10, %r2;
        st.shared::cluster.u32 [%r3], 1;
        """;
    MicroKernel.of(ptx).cluster(2).smem(64).fault("DG-EMU-26");
  }

  @Test
  void clusterBarrier_arrivedTwice_isAFault() {
    String ptx = "barrier.cluster.arrive;\nbarrier.cluster.arrive;\nbarrier.cluster.wait;";
    MicroKernel.of(ptx).cluster(2).fault("DG-EMU-34");
    MicroKernel.of("barrier.cluster.wait;").cluster(2).fault("DG-EMU-34");
  }

  @Test
  void setmaxnreg_beyondTheFile_deadlocks() {
    // 384 threads start with 168 registers each: 64,512 of 65,536 are taken.
    String ptx = "setmaxnreg.inc.sync.aligned.u32 240;";
    String text = MicroKernel.of(ptx).threads(384).fault("DG-EMU-12");
    assertTrue(text.contains("of 65,536 registers free"), text);
    String balanced =
        """
        setp.lt.u32 %p1, %r0, 128;
        @%p1 bra PRODUCER;
        setmaxnreg.inc.sync.aligned.u32 232;
        bra END;
        PRODUCER:
        setmaxnreg.dec.sync.aligned.u32 40;
        END:
        st.global.u32 [%rd2], 1;
        """;
    assertEquals(1, MicroKernel.of(balanced).threads(384).words(384)[383]);
  }

  @Test
  void warpgroupInstruction_byPartOfTheWarpgroup_isAFault() {
    String ptx =
        """
        setp.lt.u32 %p1, %r0, 64;
        @%p1 setmaxnreg.dec.sync.aligned.u32 40;
        """;
    String text = MicroKernel.of(ptx).threads(128).fault("DG-EMU-12");
    assertTrue(text.contains("not all threads of the warpgroup"), text);
    assertTrue(text.contains("warps 2, 3 of warpgroup 0"), text);
  }

  /** Each thread writes its word and reads that of the other warp; {@code meeting} in between. */
  private static MicroKernel exchange(String meeting, long seed) {
    String ptx =
        """
        mov.u32 %%r10, smem;
        shl.b32 %%r11, %%r0, 2;
        add.u32 %%r11, %%r11, %%r10;
        st.shared.u32 [%%r11], %%r0;
        %s
        xor.b32 %%r13, %%r0, 32;
        shl.b32 %%r13, %%r13, 2;
        add.u32 %%r13, %%r13, %%r10;
        ld.shared.u32 %%r14, [%%r13];
        st.global.u32 [%%rd2], %%r14;
        """
            .formatted(meeting);
    return MicroKernel.of(ptx).threads(64).smem(1024).seed(seed);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3, 4, 5, 6, 7})
  void race_isFoundWhateverTheOrder(long seed) {
    String spin =
        """
        mov.u32 %r5, 0;
        SPIN:
        add.u32 %r5, %r5, 1;
        setp.lt.u32 %p2, %r5, 2000;
        @%p2 bra SPIN;
        """;
    String text = exchange(spin, seed).fault("DG-EMU-22");
    assertTrue(text.contains("no barrier between") || text.contains("nobody had written"), text);
    assertEquals(32, exchange("bar.sync 0;", seed).words(64)[0]);
    assertEquals(32, exchange("barrier.cluster.arrive;\nbarrier.cluster.wait;", seed).words(64)[0]);
  }

  @Test
  void atomicFlag_isNotARace() {
    String flag =
        """
        mov.u32 %r20, 0;
        setp.eq.u32 %p1, %r0, 0;
        add.u32 %r21, %r10, 512;
        @%p1 st.shared.u32 [%r21], 0;
        bar.sync 1;
        st.shared.u32 [%r11], %r0;
        atom.shared.add.u32 %r22, [%r21], 1;
        POLL:
        ld.acquire.cta.shared.u32 %r23, [%r21];
        setp.lt.u32 %p2, %r23, 64;
        @%p2 bra POLL;
        """;
    assertEquals(32, exchange(flag, 3).words(64)[0]);
  }
}
