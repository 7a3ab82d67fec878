package dev.deepgemm.kernels;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.Param;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.TensorMapAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.sync.Mbarrier;
import dev.deepgemm.ptx.tma.TensorBox;
import dev.deepgemm.ptx.tma.Tma;
import org.junit.jupiter.api.Test;

class TmaTest {
  private static String emit(boolean batched) {
    KernelBuilder kernel = new KernelBuilder("k", "sm_90a", 128, 1);
    Param.Map parameter = kernel.map("map");
    return kernel
        .build(
            code -> {
              TensorMapAddress map = code.addressOf(parameter);
              SmemAddress smem = code.dynamicSmem();
              U32 x = code.u32(1);
              U32 y = code.u32(2);
              TensorBox box =
                  batched ? TensorBox.of(map, x, y, code.u32(3)) : TensorBox.of(map, x, y);
              Mbarrier barrier = Mbarrier.at(code, smem);
              Tma.load(code, smem, box, barrier);
              Tma.loadMulticast(code, smem, box, barrier, 0b11);
              Tma.store(code, box, smem);
              Tma.reduceAdd(code, box, smem);
              Tma.commit(code);
            })
        .text();
  }

  private static void assertContains(String text, String line) {
    assertTrue(text.contains("\t" + line + ";\n"), text);
  }

  @Test
  void boxes_ofAMatrix_haveTwoCoordinates() {
    String text = emit(false);
    String load = "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes";
    assertContains(text, load + " [%r0], [%rd1, {%r1, %r2}], [%r0]");
    assertContains(text, load + ".multicast::cluster [%r0], [%rd1, {%r1, %r2}], [%r0], 3");
    assertContains(
        text, "cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%rd1, {%r1, %r2}], [%r0]");
    assertContains(
        text,
        "cp.reduce.async.bulk.tensor.2d.global.shared::cta.add.tile.bulk_group [%rd1, {%r1,"
            + " %r2}], [%r0]");
  }

  @Test
  void boxes_ofABatch_haveThreeCoordinates() {
    String text = emit(true);
    assertContains(
        text,
        "cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes [%r0], [%rd1,"
            + " {%r1, %r2, %r3}], [%r0]");
    assertContains(
        text,
        "cp.async.bulk.tensor.3d.global.shared::cta.bulk_group [%rd1, {%r1, %r2, %r3}], [%r0]");
    assertContains(
        text,
        "cp.reduce.async.bulk.tensor.3d.global.shared::cta.add.tile.bulk_group [%rd1, {%r1, %r2,"
            + " %r3}], [%r0]");
  }
}
