package dev.deepgemm.emulator.internal.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.emulator.MicroKernel;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Shared addresses in clusters, against what the same instructions gave on an H200 (driver 580). */
class ClusterAddressTest {
  /** Each CTA writes 100 plus its rank to its own memory, does something, and stores %r5. */
  private static String ptx(String body) {
    return """
        mov.u32 %r1, %cluster_ctarank;
        mov.u32 %r2, smem;
        add.u32 %r3, %r1, 100;
        setp.eq.u32 %p1, %r0, 0;
        @%p1 st.shared.u32 [%r2], %r3;
        barrier.cluster.arrive.release.aligned;
        barrier.cluster.wait.acquire.aligned;
        and.b32 %r4, %r2, 0xffffff;
        BODY
        mad.wide.u32 %rd4, %r1, 4, %rd0;
        st.global.u32 [%rd4], %r5;
        barrier.cluster.arrive.release.aligned;
        barrier.cluster.wait.acquire.aligned;
        """
        .replace("BODY", body);
  }

  private static int[] words(String body, int cluster) {
    return MicroKernel.of(ptx(body)).cluster(cluster).smem(64).words(cluster);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mov.u32 %r5, smem;",
        "mapa.shared::cluster.u32 %r5, smem, %r1;",
        "mapa.shared::cluster.u32 %r5, %r2, %r1;",
        "mapa.shared::cluster.u32 %r5, %r4, %r1;",
        "cvta.shared.u64 %rd5, smem; cvt.u32.u64 %r5, %rd5;",
        "mov.u32 %r5, smem+16; sub.u32 %r5, %r5, 16;",
      })
  void ownAddress_hasTheRankFromBit24On(String body) {
    assertArrayEquals(new int[] {0x400, 0x1000400, 0x2000400, 0x3000400}, words(body, 4));
  }

  @Test
  void ownAddress_withoutACluster_isAnOffset() {
    assertArrayEquals(new int[] {0x400}, words("mov.u32 %r5, smem;", 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ld.shared::cta.u32 %r5, [%r2];",
        "ld.shared.u32 %r5, [smem];",
        "ld.shared::cluster.u32 %r5, [%r2];",
        "mapa.shared::cluster.u32 %r6, %r2, %r1; ld.shared::cta.u32 %r5, [%r6];",
        "cvta.shared.u64 %rd5, smem; ld.u32 %r5, [%rd5];",
        "atom.shared::cta.add.u32 %r5, [%r2], 0;",
      })
  void ownAddress_reachesTheOwnMemory(String body) {
    int[] words = words(body, 2);
    assertArrayEquals(new int[] {100, 101}, words, Arrays.toString(words));
  }

  @Test
  void addressWithoutRank_isOneOfTheFirstCta() {
    assertArrayEquals(new int[] {100, 100}, words("ld.shared::cluster.u32 %r5, [%r4];", 2));
    // An illegal instruction on the device.
    String text =
        MicroKernel.of(ptx("ld.shared::cta.u32 %r5, [%r4];"))
            .cluster(2)
            .smem(64)
            .fault("DG-EMU-20");
    assertTrue(text.contains("0x400 belongs to CTA 0"), text);
    assertEquals(100, words("ld.shared::cta.u32 %r5, [%r4];", 1)[0]);
  }
}
