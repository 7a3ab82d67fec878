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
