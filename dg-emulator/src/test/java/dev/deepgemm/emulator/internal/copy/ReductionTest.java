package dev.deepgemm.emulator.internal.copy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.emulator.DeviceMemory;
import dev.deepgemm.emulator.MicroKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code cp.reduce.async.bulk.tensor}: sums, and what may go on at the same time. */
class ReductionTest {
  private static final int CTAS = 4;

  private static final int[] BOX = {0, 2, 2, 2, 1}; // of the dimensions behind the innermost
  private static final int[] DIMS = {0, 3, 2, 2, 2};

  /** What is known without the emulator of a tensor: every element by its index. */
  private record Tensor(TensorMap map, float[] values) {
    int index(int[] at) {
      int index = 0;
      for (int d = at.length - 1; d >= 0; d--) {
        long dim = map.dims().get(d);
        if (at[d] < 0 || at[d] >= dim) {
          return -1;
        }
        index = (int) (index * dim + at[d]);
      }
      return index;
    }

    long byteOffset(int index) {
      long offset = 0;
      int rest = index;
      for (int d = 0; d < map.dims().size(); d++) {
        int at = (int) (rest % map.dims().get(d));
        rest /= (int) (long) map.dims().get(d);
        offset += at * (d == 0 ? map.type().bytes() : map.strides().get(d - 1));
      }
      return offset;
    }
  }

  private static Tensor tensor(TensorMap.Element type, int rank, DeviceMemory memory) {
    int inner = 16 / type.bytes();
    List<Long> dims = new ArrayList<>(List.of(inner * 3L / 2));
    List<Long> strides = new ArrayList<>();
    List<Integer> box = new ArrayList<>(List.of(inner));
    long stride = 32;
    for (int d = 1; d < rank; d++) {
      dims.add((long) DIMS[d]);
      box.add(BOX[d]);
      strides.add(stride);
      stride *= DIMS[d];
    }
    long address = memory.allocate(new byte[(int) stride]);
    TensorMap map =
        TensorMap.builder(type).address(address).dims(dims).strides(strides).box(box).build();
    int count = dims.stream().mapToInt(Long::intValue).reduce(1, (a, b) -> a * b);
    return new Tensor(map, new float[count]);
  }

  /** Each CTA adds its box, at a place of its own that overlaps the others' and the borders. */
  private static String adding(TensorMap.Element type, int rank) {
    String value =
        type == TensorMap.Element.FP32
            ? "cvt.rn.f32.u32 %f1, %r12;\nst.shared.f32 [%r11], %f1;\n"
            : """
            cvt.rn.f32.u32 %f1, %r12;
            add.f32 %f2, %f1, 0f3F800000;
            cvt.rn.bf16x2.f32 %r14, %f2, %f1;
            st.shared.b32 [%r11], %r14;
            """;
    List<String> coordinates = List.of("%r2", "%r3", "0", "%r3", "1").subList(0, rank);
    return """
        mov.u32 %%r1, %%ctaid.x;
        mad.lo.s32 %%r2, %%r1, 2, -1;
        sub.s32 %%r3, %%r1, 1;
        mov.u32 %%r10, smem;
        shl.b32 %%r11, %%r0, 2;
        add.u32 %%r11, %%r11, %%r10;
        and.b32 %%r12, %%r0, 7;
        add.u32 %%r12, %%r12, %%r1;
        %s
        fence.proxy.async.shared::cta;
        bar.sync 0;
        setp.eq.u32 %%p1, %%r0, 0;
        mov.b64 %%rd4, map0;
        cvta.param.u64 %%rd5, %%rd4;
        @%%p1 cp.reduce.async.bulk.tensor.%dd.global.shared::cta.add.tile.bulk_group [%%rd5, {%s}], [%%r10];
        @%%p1 cp.async.bulk.commit_group;
        cp.async.bulk.wait_group 0;
        """
        .formatted(value, rank, String.join(", ", coordinates));
  }

  private static void addAll(Tensor tensor) {
    TensorMap map = tensor.map();
    int inner = map.box().get(0);
    int rank = map.dims().size();
    for (int cta = 0; cta < CTAS; cta++) {
      int[] start = {2 * cta - 1, cta - 1, 0, cta - 1, 1};
      int count = map.box().stream().reduce(1, (a, b) -> a * b);
      for (int e = 0; e < count; e++) {
        int[] at = new int[rank];
        int rest = e;
        for (int d = 0; d < rank; d++) {
          at[d] = start[d] + rest % map.box().get(d);
          rest /= map.box().get(d);
        }
        int word = e / (inner / 4);
        int index = tensor.index(at);
        if (index >= 0) {
          tensor.values()[index] += word % 8 + cta + (inner == 8 ? e % 2 : 0);
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}, {1} dimensions, seed {2}")
  @CsvSource({
    "FP32, 1, 0", "FP32, 2, 1", "FP32, 3, 2", "FP32, 4, 3", "FP32, 5, 4",
    "BF16, 1, 5", "BF16, 2, 6", "BF16, 3, 7", "BF16, 4, 8", "BF16, 5, 9",
  })
  void additionsOfSeveralCtas_addUp(TensorMap.Element type, int rank, long seed) {
    DeviceMemory memory = new DeviceMemory();
    Tensor tensor = tensor(type, rank, memory);
    MicroKernel.of(adding(type, rank))
        .memory(memory)
        .map(tensor.map())
        .grid(CTAS)
        .seed(seed)
        .smem(1024)
        .run();
    addAll(tensor);
    int added = 0;
    for (int i = 0; i < tensor.values().length; i++) {
      long address = tensor.map().address() + tensor.byteOffset(i);
      ByteBuffer bytes =
          ByteBuffer.wrap(memory.read(address, type.bytes())).order(ByteOrder.LITTLE_ENDIAN);
      float found =
          type == TensorMap.Element.FP32
              ? bytes.getFloat(0)
              : Float.intBitsToFloat(bytes.getShort(0) << 16);
      assertEquals(tensor.values()[i], found, "element " + i);
      added += found != 0 ? 1 : 0;
    }
    assertTrue(added > 0, "nothing was added at all");
  }

  @Test
  void swizzledSource_isReadWhereItLies() {
    // A row of 128 bytes is one swizzled line: chunk c of line r lies at c ^ r.
    DeviceMemory memory = new DeviceMemory();
    long address = memory.allocate(new byte[2 * 128]);
    TensorMap map =
        TensorMap.builder(TensorMap.Element.FP32)
            .address(address)
            .dim(32L)
            .dim(2L, 128L)
            .box(32, 2)
            .swizzle(TensorMap.Swizzle.B128)
            .build();
    String ptx =
        """
        mov.u32 %r10, smem;
        shl.b32 %r11, %r0, 2;
        xor.b32 %r12, %r11, 16;
        add.u32 %r11, %r11, %r10;
        add.u32 %r12, %r12, %r10;
        cvt.rn.f32.u32 %f1, %r0;
        st.shared.f32 [%r11], %f1;
        st.shared.f32 [%r12+128], %f1;
        fence.proxy.async.shared::cta;
        bar.sync 0;
        setp.eq.u32 %p1, %r0, 0;
        mov.b64 %rd4, map0;
        cvta.param.u64 %rd5, %rd4;
        @%p1 cp.reduce.async.bulk.tensor.2d.global.shared::cta.add.tile.bulk_group [%rd5, {0, 0}], [%r10];
        @%p1 cp.async.bulk.commit_group;
        cp.async.bulk.wait_group 0;
        """;
    MicroKernel.of(ptx).memory(memory).map(map).smem(1024).run();
    ByteBuffer d = ByteBuffer.wrap(memory.read(address, 256)).order(ByteOrder.LITTLE_ENDIAN);
    for (int x = 0; x < 32; x++) {
      assertEquals(x, d.getFloat(x * 4));
      assertEquals(x, d.getFloat(128 + x * 4));
    }
  }

  private static final String PLAIN =
      "cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group [%rd5, {0, %r7}], [%r10];";
  private static final String ADD =
      "cp.reduce.async.bulk.tensor.2d.global.shared::cta.add.tile.bulk_group [%rd5, {0, %r7}],"
          + " [%r10];";

  /** Thread 0 of each of two CTAs does something with a box of ones, at row 0 unless it says more. */
  private static MicroKernel two(String first, String second) {
    DeviceMemory memory = new DeviceMemory();
    long address = memory.allocate(new byte[16 * 4]);
    TensorMap map =
        TensorMap.builder(TensorMap.Element.FP32)
            .address(address)
            .dim(4L)
            .dim(4L, 16L)
            .box(4, 2)
            .build();
    String ptx =
        """
        mov.u32 %%r1, %%ctaid.x;
        mov.u32 %%r10, smem;
        shl.b32 %%r11, %%r0, 2;
        add.u32 %%r11, %%r11, %%r10;
        mov.f32 %%f1, 0f3F800000;
        st.shared.f32 [%%r11], %%f1;
        fence.proxy.async.shared::cta;
        bar.sync 0;
        mov.b64 %%rd4, map0;
        cvta.param.u64 %%rd5, %%rd4;
        mov.b64 %%rd6, %d;
        mov.u32 %%r7, 0;
        setp.ne.u32 %%p1, %%r0, 0;
        @%%p1 bra END;
        setp.eq.u32 %%p2, %%r1, 1;
        @%%p2 bra SECOND;
        %s
        bra END;
        SECOND:
        %s
        END:
        cp.async.bulk.commit_group;
        cp.async.bulk.wait_group 0;
        """
            .formatted(address, first, second);
    return MicroKernel.of(ptx).memory(memory).map(map).grid(2).smem(1024);
  }

  private static final String BULK =
      "cp.async.bulk.global.shared::cta.bulk_group [%rd6], [%r10], 16;";

  @ParameterizedTest
  @ValueSource(
      strings = {
        PLAIN,
        BULK,
        "st.global.f32 [%rd6], %f1;",
        "st.global.v2.f32 [%rd6+8], {%f1, %f1};"
      })
  void storeOfAnotherCluster_isARace_whicheverRunsFirst(String store) {
    for (long seed = 0; seed < 4; seed++) {
      String text = two(ADD, store).seed(seed).fault("DG-EMU-29");
      assertTrue(text.contains("nothing says which comes first"), text);
      two(store, ADD).seed(seed).fault("DG-EMU-29");
    }
  }

  @Test
  void additionsBesideStores_areNoRace() {
    two(ADD, "mov.u32 %r7, 2;\n" + PLAIN).run();
    two("st.global.f32 [%rd6+32], %f1;", ADD).run();
    two(ADD, ADD).run();
    two(PLAIN, "st.global.f32 [%rd6], %f1;").run();
  }

  private static final String COMMIT = "\ncp.async.bulk.commit_group;\n";

  @ParameterizedTest
  @CsvSource({
    "cp.async.bulk.wait_group 0;, true",
    "cp.async.bulk.wait_group.read 0;, false",
    "'', false"
  })
  void additionBehindTheOwnStore_hasToWaitUntilItIsWritten(String wait, boolean legal) {
    for (long seed = 0; seed < 4; seed++) {
      MicroKernel kernel = two(PLAIN + COMMIT + wait + "\n" + ADD, "").grid(1).seed(seed);
      MicroKernel other = two(ADD + COMMIT + wait + "\n" + PLAIN, "").grid(1).seed(seed);
      MicroKernel plain =
          two(ADD + COMMIT + wait + "\nst.global.f32 [%rd6+4], %f1;", "").grid(1).seed(seed);
      if (legal) {
        kernel.run();
        other.run();
        plain.run();
      } else {
        assertTrue(kernel.fault("DG-EMU-29").contains("wait_group"));
        other.fault("DG-EMU-29");
        plain.fault("DG-EMU-29");
      }
    }
  }

  @Test
  void lastOneToArrive_mayStoreWhatOthersAddedTo() {
    // Who finds that the other has arrived clears the sum: an atomic counter orders them.
    String turn =
        ADD
            + COMMIT
            + """
            cp.async.bulk.wait_group 0;
            fence.acq_rel.gpu;
            atom.global.add.u32 %r8, [%rd1], 1;
            setp.eq.u32 %p3, %r8, 0;
            @%p3 bra END;
            fence.acq_rel.gpu;
            st.global.f32 [%rd6], 0f00000000;
            """;
    for (long seed = 0; seed < 4; seed++) {
      two(turn, turn).seed(seed).run();
    }
  }

  @Test
  void additionToWhatNobodyWrote_isAFault() {
    MicroKernel kernel = two(ADD, "");
    kernel.memory().poison(kernel.maps().get(0).address(), 64);
    assertTrue(kernel.fault("DG-EMU-22").contains("adds to global memory"));
  }

  @Test
  void bytes_cannotBeAdded() {
    DeviceMemory memory = new DeviceMemory();
    long address = memory.allocate(new byte[64]);
    TensorMap map =
        TensorMap.builder(TensorMap.Element.U8)
            .address(address)
            .dim(16L)
            .dim(4L, 16L)
            .box(16, 2)
            .build();
    String ptx =
        """
        mov.u32 %r10, smem;
        mov.b64 %rd4, map0;
        cvta.param.u64 %rd5, %rd4;
        cp.reduce.async.bulk.tensor.2d.global.shared::cta.add.tile.bulk_group [%rd5, {0, 0}], [%r10];
        """;
    MicroKernel.of(ptx).memory(memory).map(map).smem(1024).fault("DG-EMU-44");
  }
}
