package dev.deepgemm.emulator.internal.copy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.emulator.DeviceMemory;
import dev.deepgemm.emulator.EmulatorException;
import dev.deepgemm.emulator.MicroKernel;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TensorCopyTest {
  private static final String BEGIN =
      """
      mov.u32 %r10, smem;
      add.u32 %r11, %r10, 32768;
      setp.eq.u32 %p1, %r0, 0;
      @%p1 mbarrier.init.shared::cta.b64 [%r11], 1;
      fence.mbarrier_init.release.cluster;
      bar.sync 0;
      mov.b64 %rd4, map0;
      cvta.param.u64 %rd5, %rd4;
      prefetch.tensormap [%rd5];
      """;
  private static final String WAIT =
      """
      WAIT:
      mbarrier.try_wait.parity.shared::cta.b64 %p2, [%r11], 0;
      @!%p2 bra WAIT;
      """;

  /** Copies {@code words} words of shared memory to the output. */
  private static String dump(int words) {
    return """
        mov.u32 %%r20, %%r0;
        DUMP:
        shl.b32 %%r21, %%r20, 2;
        add.u32 %%r21, %%r21, %%r10;
        ld.shared.u32 %%r22, [%%r21];
        mad.wide.u32 %%rd6, %%r20, 4, %%rd0;
        st.global.u32 [%%rd6], %%r22;
        add.u32 %%r20, %%r20, 32;
        setp.lt.u32 %%p3, %%r20, %d;
        @%%p3 bra DUMP;
        """
        .formatted(words);
  }

  private static byte[] random(int bytes) {
    byte[] data = new byte[bytes];
    new Random(3).nextBytes(data);
    return data;
  }

  /** The 16-byte chunk of a row that chunk {@code c} of row {@code r} is stored in. */
  private static int permuted(TensorMap.Swizzle swizzle, int r, int c) {
    return switch (swizzle) {
      case NONE -> c;
      case B32 -> c ^ (r / 4 % 2);
      case B64 -> c ^ (r / 2 % 4);
      case B128 -> c ^ (r % 8);
    };
  }

  @ParameterizedTest
  @EnumSource(TensorMap.Swizzle.class)
  void load_swizzlesAndFillsWithZeros(TensorMap.Swizzle swizzle) {
    int width = swizzle == TensorMap.Swizzle.NONE ? 48 : swizzle.bytes();
    int rows = 24;
    int columns = 200; // of a tensor of bytes, [20][200]: the box begins at (-2, 3) inside of it
    MicroKernel kernel =
        MicroKernel.of(
            BEGIN
                + """
                @%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r11], BYTES;
                @%p1 cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%r10], [%rd5, {-16, 3}], [%r11];
                """
                    .replace("BYTES", String.valueOf(rows * width))
                + WAIT
                + dump(rows * width / 4));
    byte[] data = random(20 * 208);
    long address = kernel.memory().allocate(data);
    kernel.map(
        TensorMap.builder(TensorMap.Element.U8)
            .address(address)
            .dim((long) columns)
            .dim(20L, 208L)
            .box(width, rows)
            .swizzle(swizzle)
            .l2Promotion(128)
            .build());
    ByteBuffer out = kernel.smem(33_000).output(rows * width).run();
    for (int r = 0; r < rows; r++) {
      for (int x = 0; x < width; x++) {
        int column = x - 16;
        int row = r + 3;
        byte expected = column < 0 || row >= 20 ? 0 : data[row * 208 + column];
        int at = r * width + permuted(swizzle, r, x / 16) * 16 + x % 16;
        assertEquals(expected, out.get(at), "row " + r + " byte " + x);
      }
    }
  }

  @Test
  void load_of3d_walksAllDimensions() {
    MicroKernel kernel =
        MicroKernel.of(
            BEGIN
                + """
                @%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r11], 192;
                @%p1 cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint [%r10], [%rd5, {4, 1, 2}], [%r11], %rd0;
                """
                + WAIT
                + dump(48));
    byte[] data = random(4 * 5 * 64);
    long address = kernel.memory().allocate(data);
    kernel.map(
        TensorMap.builder(TensorMap.Element.FP32)
            .address(address)
            .dim(16L)
            .dim(5L, 64L)
            .dim(4L, 320L)
            .box(4, 6, 2)
            .build());
    ByteBuffer out = kernel.smem(33_000).run();
    int at = 0;
    for (int z = 2; z < 4; z++) {
      for (int y = 1; y < 7; y++) {
        for (int x = 16; x < 32; x++) {
          assertEquals(y < 5 ? data[z * 320 + y * 64 + x] : 0, out.get(at++));
        }
      }
    }
  }

  @Test
  void multicast_reachesBothCtas() {
    String ptx =
        """
        mov.u32 %r10, smem;
        add.u32 %r11, %r10, 32768;
        mov.u32 %r1, %cluster_ctarank;
        setp.eq.u32 %p1, %r0, 0;
        @%p1 mbarrier.init.shared::cta.b64 [%r11], 1;
        @%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r11], 128;
        fence.mbarrier_init.release.cluster;
        barrier.cluster.arrive;
        barrier.cluster.wait;
        mov.b64 %rd4, map0;
        cvta.param.u64 %rd5, %rd4;
        setp.eq.and.u32 %p4, %r1, 1, %p1;
        mov.u16 %h1, 3;
        @%p4 cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%r10], [%rd5, {0, 0}], [%r11], %h1;
        WAIT
        ld.shared.u32 %r2, [%r10+64];
        mad.lo.u32 %r3, %r1, 32, %r0;
        mad.wide.u32 %rd6, %r3, 4, %rd0;
        st.global.u32 [%rd6], %r2;
        barrier.cluster.arrive;
        barrier.cluster.wait;
        """
            .replace("WAIT\n", WAIT);
    MicroKernel kernel = MicroKernel.of(ptx).cluster(2).smem(33_000);
    byte[] data = random(128);
    kernel.map(bytes(kernel.memory().allocate(data), 32, 4, 32, 4));
    ByteBuffer out = kernel.run();
    int expected = ByteBuffer.wrap(data).order(java.nio.ByteOrder.LITTLE_ENDIAN).getInt(64);
    assertEquals(expected, out.getInt(0));
    assertEquals(expected, out.getInt(128));
  }

  private static TensorMap bytes(long address, long columns, long rows, int boxX, int boxY) {
    return TensorMap.builder(TensorMap.Element.U8)
        .address(address)
        .dim(columns)
        .dim(rows, (columns + 15) / 16 * 16)
        .box(boxX, boxY)
        .build();
  }

  private static final String ONE_LOAD =
      BEGIN
          + """
          @%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r11], 128;
          @%p1 cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%r10], [%rd5, {0, 0}], [%r11];
          """;

  private static MicroKernel oneLoad(String ptx) {
    MicroKernel kernel = MicroKernel.of(ptx).smem(33_000);
    return kernel.map(bytes(kernel.memory().allocate(random(128)), 32, 4, 32, 4));
  }

  @ParameterizedTest
  @CsvSource({"0", "1", "2", "3", "4", "5", "6", "7"})
  void reading_beforeTheTransactionCompleted_isFoundWithEverySeed(long seed) {
    String text = oneLoad(ONE_LOAD + dump(32)).seed(seed).fault("DG-EMU-22");
    assertTrue(text.contains("was still writing (its mbarrier at 0x8400"), text);
  }

  @Test
  void tooFewBytesAnnounced_isFound() {
    String ptx = ONE_LOAD.replace("_, [%r11], 128", "_, [%r11], 64") + WAIT + dump(32);
    assertTrue(oneLoad(ptx).fault("DG-EMU-10").contains("-64 bytes outstanding"));
  }

  @Test
  void copy_mustBeAligned() {
    String ptx = ONE_LOAD.replace("[%r10], [%rd5", "[%r10+16], [%rd5");
    assertTrue(oneLoad(ptx).fault("DG-EMU-21").contains("multiple of 128"));
  }

  @Test
  void copy_needsAnMbarrier() {
    oneLoad(ONE_LOAD.replace("], [%r11];", "], [%r11+8];")).fault("DG-EMU-30");
  }

  @Test
  void copy_needsAMap() {
    String ptx = ONE_LOAD.replace("%rd5, %rd4;", "%rd5, %rd4;\nadd.u64 %rd5, %rd5, 8;");
    assertTrue(oneLoad(ptx).fault("DG-EMU-44").contains("no tensor map"));
  }

  @Test
  void copy_outOfTheAllocation_isFound() {
    MicroKernel beyond = MicroKernel.of(ONE_LOAD.replace("{0, 0}", "{0, 3}") + WAIT).smem(33_000);
    beyond.map(bytes(beyond.memory().allocate(random(128)), 32, 8, 32, 4));
    beyond.fault("DG-EMU-20");
  }

  private static String store(String fence, String tail) {
    return """
        mov.u32 %%r10, smem;
        shl.b32 %%r11, %%r0, 2;
        add.u32 %%r11, %%r11, %%r10;
        add.u32 %%r12, %%r0, 1000;
        st.shared.u32 [%%r11], %%r12;
        %s
        bar.sync 0;
        setp.eq.u32 %%p1, %%r0, 0;
        mov.b64 %%rd4, map0;
        cvta.param.u64 %%rd5, %%rd4;
        @%%p1 cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group [%%rd5, {0, 2}], [%%r10];
        @%%p1 cp.async.bulk.commit_group;
        %s
        st.global.u32 [%%rd2], 0;
        """
        .formatted(fence, tail);
  }

  private static final String FENCE = "fence.proxy.async.shared::cta;";
  private static final String DONE = "cp.async.bulk.wait_group.read 0;";

  private static MicroKernel storing(String ptx, DeviceMemory memory, long[] address) {
    address[0] = memory.allocate(new byte[16 * 4]);
    MicroKernel kernel = MicroKernel.of(ptx).memory(memory).smem(1024);
    return kernel.map(
        TensorMap.builder(TensorMap.Element.FP32)
            .address(address[0])
            .dim(3L)
            .dim(4L, 16L)
            .box(4, 8)
            .build());
  }

  @Test
  void store_writesWhatIsInBounds() {
    DeviceMemory memory = new DeviceMemory();
    long[] address = new long[1];
    storing(store(FENCE, DONE), memory, address).run();
    ByteBuffer d =
        ByteBuffer.wrap(memory.read(address[0], 64)).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    for (int y = 0; y < 4; y++) {
      for (int x = 0; x < 4; x++) {
        boolean written = y >= 2 && x < 3;
        assertEquals(written ? 1000 + (y - 2) * 4 + x : 0, d.getInt((y * 4 + x) * 4));
      }
    }
  }

  @Test
  void store_withoutProxyFence_isAFault() {
    String text = storing(store("", DONE), new DeviceMemory(), new long[1]).fault("DG-EMU-23");
    assertTrue(text.contains("fence.proxy.async"), text);
  }

  @Test
  void store_ofUndefinedBytes_isAFaultOnlyWhereTheyAreInBounds() {
    String unwritten = store(FENCE, DONE).replace("st.shared.u32 [%r11], %r12;", "");
    storing(unwritten, new DeviceMemory(), new long[1]).fault("DG-EMU-22");
    // Rows 2 and up of the box, words 8 and up, lie outside of the tensor.
    String part =
        store(FENCE, DONE).replace("st.shared.u32", "setp.lt.u32 %p5, %r0, 8;\n@%p5 st.shared.u32");
    storing(part, new DeviceMemory(), new long[1]).run();
  }

  @Test
  void source_overwrittenBeforeItWasRead_isAFault() {
    String ptx = store(FENCE, "st.shared.u32 [%r11], %r12;\n" + DONE);
    String text = storing(ptx, new DeviceMemory(), new long[1]).fault("DG-EMU-24");
    assertTrue(text.contains("wait_group.read"), text);
  }

  @Test
  void exit_withoutWaiting_isAWarning() {
    DeviceMemory memory = new DeviceMemory();
    long[] address = new long[1];
    MicroKernel kernel = storing(store(FENCE, ""), memory, address);
    kernel.run();
    assertEquals(1, kernel.report().warnings().size());
  }

  @Test
  void reduction_addsToWhatIsThere() {
    DeviceMemory memory = new DeviceMemory();
    long[] address = new long[1];
    String ptx =
        store(FENCE, DONE)
            .replace("add.u32 %r12, %r0, 1000;", "cvt.rn.f32.u32 %f1, %r0;")
            .replace("st.shared.u32 [%r11], %r12;", "st.shared.f32 [%r11], %f1;")
            .replace(
                "cp.async.bulk.tensor.2d.global.shared::cta.tile",
                "cp.reduce.async.bulk.tensor.2d.global.shared::cta.add.tile");
    MicroKernel kernel = storing(ptx, memory, address);
    memory.write(address[0] + 32, new byte[] {0, 0, (byte) 0x80, 0x3f}); // 1.0f
    kernel.run();
    ByteBuffer d =
        ByteBuffer.wrap(memory.read(address[0], 64)).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    assertEquals(1f, d.getFloat(32));
    assertEquals(5f, d.getFloat(52));
  }

  @Test
  void bulkCopies_withoutTensor_goThereAndBack() {
    String ptx =
        """
        mov.u32 %r10, smem;
        add.u32 %r11, %r10, 1024;
        setp.eq.u32 %p1, %r0, 0;
        @%p1 mbarrier.init.shared.b64 [%r11], 1;
        fence.mbarrier_init.release.cluster;
        bar.sync 0;
        @%p1 mbarrier.arrive.expect_tx.shared.b64 _, [%r11], 256;
        @%p1 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r10], [%rd1], 256, [%r11];
        WAIT
        @%p1 cp.async.bulk.global.shared::cta.bulk_group [%rd0], [%r10], 256;
        @%p1 cp.async.bulk.commit_group;
        @%p1 cp.async.bulk.wait_group 0;
        """
            .replace("WAIT\n", WAIT);
    byte[] data = random(256);
    ByteBuffer out = MicroKernel.of(ptx).smem(2048).input(data).run();
    for (int i = 0; i < 256; i++) {
      assertEquals(data[i], out.get(i));
    }
  }

  @Test
  void store_ofWhatAnotherWarpMayNotHaveWrittenYet_isAFault() {
    // Warp 1 writes the words, thread 0 stores them: with a barrier in between, and without.
    String ptx =
        """
        mov.u32 %r10, smem;
        add.u32 %r9, %r10, 256;
        setp.eq.u32 %p1, %r0, 0;
        and.b32 %r13, %r0, 31;
        shl.b32 %r11, %r13, 2;
        add.u32 %r11, %r11, %r10;
        setp.ge.u32 %p4, %r0, 32;
        @!%p4 bra MEET;
        st.shared.u32 [%r11], %r0;
        fence.proxy.async.shared::cta;
        MEET:
        mov.u32 %r5, 0;
        SPIN:
        add.u32 %r5, %r5, 1;
        setp.lt.u32 %p2, %r5, 2000;
        @%p2 bra SPIN;
        bar.sync 0;
        mov.b64 %rd4, map0;
        cvta.param.u64 %rd5, %rd4;
        @%p1 cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group [%rd5, {0, 2}], [%r10];
        @%p1 cp.async.bulk.commit_group;
        cp.async.bulk.wait_group.read 0;
        """;
    storing(ptx, new DeviceMemory(), new long[1]).threads(64).run();
    int races = 0;
    for (long seed = 0; seed < 8; seed++) {
      MicroKernel kernel =
          storing(ptx.replace("bar.sync 0;", ""), new DeviceMemory(), new long[1])
              .threads(64)
              .seed(seed);
      EmulatorException e =
          org.junit.jupiter.api.Assertions.assertThrows(EmulatorException.class, kernel::run);
      String id = e.problems().get(0).id();
      assertTrue(id.equals("DG-EMU-27") || id.equals("DG-EMU-22"), e.getMessage());
      races += id.equals("DG-EMU-27") ? 1 : 0;
    }
    assertTrue(races > 0, "some order must have let the bytes be written in time");
  }

  @Test
  void destination_ofACopyInFlight_mustNotBeWritten() {
    String store = ONE_LOAD + "@%p1 st.shared.u32 [%r10+4], 1;\n" + WAIT;
    assertTrue(oneLoad(store).fault("DG-EMU-25").contains("still writing"));
    String again = ONE_LOAD + ONE_LOAD.substring(ONE_LOAD.indexOf("@%p1 cp.async")) + WAIT;
    oneLoad(again).fault("DG-EMU-25");
  }
}
