package dev.deepgemm.jit;

import dev.deepgemm.api.PtxModule;
import java.util.List;

/** Modules that tests assemble and run. */
final class TestModules {
  private TestModules() {}

  /** Writes {@code value + tid + 1000 * ctaid} to {@code out[ctaid * ntid + tid]}. */
  static PtxModule fill() {
    return module("fill", FILL);
  }

  static PtxModule module(String entry, String text) {
    return new PtxModule(text, entry, "sm_90a", 64, 1, List.of());
  }

  /** A module whose text differs by a name alone; only fake assemblers take it. */
  static PtxModule named(String entry) {
    return module(entry, "// " + entry);
  }

  /**
   * Copies one box of a BF16 tensor, 64 elements wide and 32 high, into shared memory by TMA, and from
   * there as it lies to {@code out}: 2048 elements. Launched with 64 threads.
   */
  static PtxModule tma() {
    return module("tma", TMA);
  }

  private static final String TMA =
      """
      .version 8.0
      .target sm_90a
      .address_size 64
      .visible .entry tma(
        .param .align 64 .b8 map[128], .param .u64 out, .param .u32 x, .param .u32 y)
      {
        .reg .pred %p<3>;
        .reg .b32 %r<16>;
        .reg .b64 %rd<8>;
        .shared .align 1024 .b8 tile[4096];
        .shared .align 8 .b64 bar;
        mov.b64 %rd1, map;
        cvta.param.u64 %rd1, %rd1;
        ld.param.u64 %rd2, [out];
        cvta.to.global.u64 %rd2, %rd2;
        ld.param.u32 %r1, [x];
        ld.param.u32 %r2, [y];
        mov.u32 %r3, tile;
        mov.u32 %r4, bar;
        mov.u32 %r5, %tid.x;
        setp.ne.u32 %p1, %r5, 0;
        @%p1 bra ISSUED;
        mbarrier.init.shared::cta.b64 [%r4], 1;
        fence.mbarrier_init.release.cluster;
        mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r4], 4096;
        cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%r3], [%rd1, {%r1, %r2}], [%r4];
      ISSUED:
        bar.sync 0;
      WAIT:
        mbarrier.try_wait.parity.shared::cta.b64 %p2, [%r4], 0;
        @!%p2 bra WAIT;
        // 64 threads, 64 bytes each
        shl.b32 %r6, %r5, 6;
        add.u32 %r7, %r3, %r6;
        cvt.u64.u32 %rd3, %r6;
        add.u64 %rd4, %rd2, %rd3;
        mov.u32 %r8, 0;
      COPY:
        ld.shared.u32 %r9, [%r7];
        st.global.u32 [%rd4], %r9;
        add.u32 %r7, %r7, 4;
        add.u64 %rd4, %rd4, 4;
        add.u32 %r8, %r8, 1;
        setp.lt.u32 %p1, %r8, 16;
        @%p1 bra COPY;
        ret;
      }
      """;

  private static final String FILL =
      """
      .version 8.0
      .target sm_90a
      .address_size 64
      .visible .entry fill(.param .u64 out, .param .u32 value)
      {
        .reg .b32 %r<8>;
        .reg .b64 %rd<4>;
        ld.param.u64 %rd1, [out];
        ld.param.u32 %r1, [value];
        mov.u32 %r2, %tid.x;
        mov.u32 %r3, %ctaid.x;
        mov.u32 %r4, %ntid.x;
        mad.lo.s32 %r5, %r3, %r4, %r2;
        mul.wide.u32 %rd2, %r5, 4;
        add.s64 %rd1, %rd1, %rd2;
        add.s32 %r1, %r1, %r2;
        mad.lo.s32 %r1, %r3, 1000, %r1;
        st.global.u32 [%rd1], %r1;
        ret;
      }
      """;
}
