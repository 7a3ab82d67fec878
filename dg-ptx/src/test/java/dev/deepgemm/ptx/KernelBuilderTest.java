package dev.deepgemm.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.launch.PtxModule;
import org.junit.jupiter.api.Test;

class KernelBuilderTest {
  @Test
  void module_withParametersAndBody_isPrintedWhole() {
    KernelBuilder kernel = new KernelBuilder("copy", "sm_90a", 64, 1);
    Param.Map map = kernel.map("source");
    Param.Int count = kernel.integer("count");

    PtxModule module =
        kernel.build(
            code -> {
              code.addressOf(map);
              code.add(code.ldParam(count), 3);
            });

    assertEquals(
        """
        .version 8.0
        .target sm_90a
        .address_size 64

        .extern .shared .align 1024 .b8 smem[];

        .visible .entry copy(
        \t.param .align 64 .b8 source[128],
        \t.param .u32 count
        )
        .reqntid 64, 1, 1
        .minnctapersm 1
        {
        \t.reg .b32 %r<2>;
        \t.reg .b64 %rd<2>;
        \tmov.b64 %rd0, source;
        \tcvta.param.u64 %rd1, %rd0;
        \tld.param.u32 %r0, [count];
        \tadd.u32 %r1, %r0, 3;
        \tret;
        }
        """,
        module.text());
  }

  @Test
  void cluster_aboveOne_isDeclaredForPlainLaunches() {
    PtxModule pair = new KernelBuilder("k", "sm_90a", 128, 2).build(code -> {});
    PtxModule single = new KernelBuilder("k", "sm_90a", 128, 1).build(code -> {});

    assertTrue(pair.text().contains(".explicitcluster\n.reqnctapercluster 2, 1, 1\n"));
    assertFalse(single.text().contains("cluster"));
    assertEquals(2, pair.cluster());
  }

  @Test
  void threads_notWholeWarps_areRefusedWithTheRule() {
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class, () -> new KernelBuilder("k", "sm_90a", 100, 1));
    assertTrue(error.getMessage().contains("100"));
    assertTrue(error.getMessage().contains("multiples of 32"));
  }

  @Test
  void parameters_ofTheSameName_areRefused() {
    KernelBuilder kernel = new KernelBuilder("k", "sm_90a", 32, 1);
    kernel.integer("m");
    assertThrows(IllegalArgumentException.class, () -> kernel.address("m"));
  }
}
