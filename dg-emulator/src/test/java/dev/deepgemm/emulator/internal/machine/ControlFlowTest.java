package dev.deepgemm.emulator.internal.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.emulator.MicroKernel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControlFlowTest {
  @Test
  void divergentLoop_runsEachLaneItsOwnTimes() {
    String ptx =
        """
        mov.u32 %r1, 0;
        mov.u32 %r2, 0;
        LOOP:
        setp.ge.u32 %p1, %r1, %r0;
        @%p1 bra DONE;
        add.u32 %r2, %r2, %r1;
        add.u32 %r1, %r1, 1;
        bra LOOP;
        DONE:
        st.global.u32 [%rd2], %r2;
        """;
    int[] words = MicroKernel.of(ptx).threads(64).words(64);
    for (int i = 0; i < 64; i++) {
      assertEquals(i * (i - 1) / 2, words[i]);
    }
  }

  @Test
  void pathsThatJoin_areOneGroupAgain() {
    String ptx =
        """
        and.b32 %r1, %r0, 1;
        setp.eq.u32 %p1, %r1, 0;
        @%p1 bra EVEN;
        mov.u32 %r2, 100;
        bra JOIN;
        EVEN:
        mov.u32 %r2, 200;
        JOIN:
        activemask.b32 %r3;
        st.global.u32 [%rd2], %r3;
        """;
    for (int word : MicroKernel.of(ptx).words(32)) {
      assertEquals(-1, word);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3})
  void lanesOfOneWarp_progressIndependently(long seed) {
    // Lane 0 waits at a smaller program counter for what lane 1 does at a larger one.
    String ptx =
        """
        mov.u32 %r10, smem;
        setp.ne.u32 %p1, %r0, 0;
        @%p1 bra OTHERS;
        mbarrier.init.shared.b64 [%r10], 1;
        bra.uni MEET;
        OTHERS:
        MEET:
        bar.warp.sync 0xffffffff;
        @%p1 bra ARRIVE;
        WAIT:
        mbarrier.try_wait.parity.shared.b64 %p2, [%r10], 0;
        @!%p2 bra WAIT;
        bra END;
        ARRIVE:
        setp.ne.u32 %p3, %r0, 1;
        @%p3 bra END;
        mbarrier.arrive.shared.b64 _, [%r10];
        END:
        st.global.u32 [%rd2], 7;
        """;
    for (int word : MicroKernel.of(ptx).smem(64).seed(seed).words(32)) {
      assertEquals(7, word);
    }
  }

  @Test
  void shuffle_readsOtherLanes() {
    String ptx =
        """
        shfl.sync.idx.b32 %r1, %r0, 5, 31, 0xffffffff;
        shfl.sync.bfly.b32 %r2, %r0, 1, 31, 0xffffffff;
        shfl.sync.up.b32 %r3|%p1, %r0, 2, 0, 0xffffffff;
        shfl.sync.down.b32 %r4, %r0, 4, 0x1807, 0xffffffff;
        selp.u32 %r5, 1, 0, %p1;
        shl.b32 %r2, %r2, 6;
        shl.b32 %r3, %r3, 12;
        shl.b32 %r4, %r4, 18;
        shl.b32 %r5, %r5, 24;
        or.b32 %r1, %r1, %r2;
        or.b32 %r1, %r1, %r3;
        or.b32 %r1, %r1, %r4;
        or.b32 %r1, %r1, %r5;
        st.global.u32 [%rd2], %r1;
        """;
    int[] words = MicroKernel.of(ptx).words(32);
    for (int lane = 0; lane < 32; lane++) {
      int up = lane >= 2 ? lane - 2 : lane;
      int down = lane % 8 + 4 < 8 ? lane + 4 : lane; // segments of 8 lanes
      int expected = 5 | (lane ^ 1) << 6 | up << 12 | down << 18 | (lane >= 2 ? 1 : 0) << 24;
      assertEquals(expected, words[lane], "lane " + lane);
    }
  }

  @Test
  void voteReduceElect_agree() {
    String ptx =
        """
        setp.lt.u32 %p1, %r0, 3;
        vote.sync.ballot.b32 %r1, %p1, 0xffffffff;
        vote.sync.any.pred %p2, %p1, 0xffffffff;
        vote.sync.all.pred %p3, !%p1, 0xffffffff;
        redux.sync.add.u32 %r2, %r0, 0xffffffff;
        elect.sync %r3|%p4, 0xffffffff;
        selp.u32 %r4, 0x1000, 0, %p2;
        selp.u32 %r5, 0x2000, 0, %p3;
        selp.u32 %r6, 0x4000, 0, %p4;
        shl.b32 %r2, %r2, 16;
        or.b32 %r1, %r1, %r2;
        or.b32 %r1, %r1, %r4;
        or.b32 %r1, %r1, %r5;
        or.b32 %r1, %r1, %r6;
        st.global.u32 [%rd2], %r1;
        """;
    int[] words = MicroKernel.of(ptx).words(32);
    int shared = 7 | 496 << 16 | 0x1000;
    assertEquals(shared | 0x4000, words[0]);
    assertEquals(shared, words[1]);
  }

  @Test
  void partOfTheMemberMask_isAFault() {
    String ptx =
        """
        setp.lt.u32 %p1, %r0, 3;
        @%p1 shfl.sync.idx.b32 %r1, %r0, 0, 31, 0xffffffff;
        """;
    assertTrue(MicroKernel.of(ptx).fault("DG-EMU-12").contains("guard is false"));
  }

  @Test
  void exitedLane_cannotBeWaitedFor() {
    String ptx =
        """
        setp.eq.u32 %p1, %r0, 3;
        @%p1 exit;
        shfl.sync.idx.b32 %r1, %r0, 0, 31, 0xffffffff;
        """;
    assertTrue(MicroKernel.of(ptx).fault("DG-EMU-12").contains("lanes 3"));
  }

  @Test
  void trap_names_itsPlace() {
    String text = MicroKernel.of("setp.eq.u32 %p1, %r0, 9;\n@%p1 trap;").fault("DG-EMU-13");
    assertTrue(text.contains("CTA 0 warp 0 lane 9"), text);
    assertTrue(text.contains("seed 0"), text);
  }

  @Test
  void endlessLoop_isALivelock() {
    assertTrue(MicroKernel.of("FOREVER:\nbra FOREVER;").fault("DG-EMU-11").contains("spin"));
  }

  @Test
  void specialRegisters_describeTheLaunch() {
    String ptx =
        """
        mov.u32 %r1, %ctaid.x;
        mov.u32 %r2, %cluster_ctarank;
        mov.u32 %r3, %nctaid.x;
        mov.u32 %r4, %clusterid.x;
        mov.u32 %r5, %laneid;
        mov.u32 %r6, %warpid;
        shl.b32 %r2, %r2, 4;
        shl.b32 %r3, %r3, 8;
        shl.b32 %r4, %r4, 12;
        shl.b32 %r5, %r5, 16;
        shl.b32 %r6, %r6, 24;
        or.b32 %r7, %r1, %r2;
        or.b32 %r7, %r7, %r3;
        or.b32 %r7, %r7, %r4;
        or.b32 %r7, %r7, %r5;
        or.b32 %r7, %r7, %r6;
        mad.lo.u32 %r8, %r1, 64, %r0;
        mad.wide.u32 %rd4, %r8, 4, %rd0;
        st.global.u32 [%rd4], %r7;
        """;
    int[] words = MicroKernel.of(ptx).threads(64).cluster(2).grid(4).words(256);
    for (int i = 0; i < 256; i++) {
      int cta = i / 64;
      int expected = cta | cta % 2 << 4 | 4 << 8 | cta / 2 << 12 | i % 32 << 16 | i % 64 / 32 << 24;
      assertEquals(expected, words[i]);
    }
  }
}
