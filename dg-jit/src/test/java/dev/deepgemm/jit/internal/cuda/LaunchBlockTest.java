package dev.deepgemm.jit.internal.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.jna.Pointer;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.driver.LaunchTemplate;
import dev.deepgemm.jit.fixtures.SmallOperands;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the driver would find in native memory; tensor maps are encoded by a stand-in. */
class LaunchBlockTest {
  /** Writes what it is asked for into the map: address, rank, then the first extent and box. */
  static final class PlainMaps implements LaunchBlock.TensorMaps {
    int encoded;
    int replaced;

    /** Whether an address changes more than its own bytes. */
    boolean scrambled;

    /** Whether only small addresses are taken. */
    boolean refuses;

    @Override
    public void encode(
        long map,
        int dataType,
        int rank,
        long address,
        long dims,
        long strides,
        long box,
        long elementStrides,
        int swizzle,
        int l2Promotion) {
      encoded++;
      Pointer to = new Pointer(map);
      to.setLong(0, address);
      to.setInt(8, rank);
      to.setInt(12, dataType * 1000 + swizzle * 100 + l2Promotion);
      to.setLong(16, new Pointer(dims).getLong(0));
      to.setLong(24, new Pointer(strides).getLong(0));
      to.setInt(32, new Pointer(box).getInt(4));
      to.setInt(36, new Pointer(elementStrides).getInt(4));
    }

    @Override
    public void replaceAddress(long map, long address) {
      if (refuses && address > 0x1_0000) {
        throw new CudaException(1, Problem.of("DG-CUDA-01", "refused"), null);
      }
      replaced++;
      new Pointer(map).setLong(0, address);
      if (scrambled) {
        new Pointer(map).setLong(120, address);
      }
    }
  }

  private final PlainMaps maps = new PlainMaps();
  private final LaunchBlock block = new LaunchBlock(maps);

  private static TensorMap map(long address, long columns) {
    return TensorMap.builder(TensorMap.Element.BF16)
        .address(address)
        .dim(columns)
        .dim(7L, 2048L)
        .box(64, 32)
        .swizzle(TensorMap.Swizzle.B128)
        .l2Promotion(256)
        .build();
  }

  private static LaunchPlan plan(GemmOperands operands, long columns, int number) {
    return new LaunchPlan(
        33,
        384,
        2,
        100_000,
        List.of(
            KernelArg.Map.of(map(operands.a().address(), columns), OperandRole.A),
            new KernelArg.Int(number),
            new KernelArg.Address(
                operands.d().address() + 64, new KernelArg.Origin(OperandRole.D, 64)),
            KernelArg.Map.of(map(operands.b().address(), columns), OperandRole.B)));
  }

  private static LaunchTemplate template(long columns, int number) {
    GemmOperands operands = SmallOperands.at(16, 32, 48);
    return LaunchTemplate.of(plan(operands, columns, number), operands);
  }

  private Pointer arg(int i) {
    return new Pointer(block.params()).getPointer(8L * i);
  }

  private void assertHolds(long a, int number, long d, long b, long columns) {
    assertEquals(a, arg(0).getLong(0));
    assertEquals(columns, arg(0).getLong(16));
    assertEquals(number, arg(1).getInt(0));
    assertEquals(d, arg(2).getLong(0));
    assertEquals(b, arg(3).getLong(0));
    assertEquals(0, Pointer.nativeValue(arg(0)) % 64, "aligned");
    assertEquals(9000 + 300 + 3, arg(3).getInt(12), "BF16, 128-byte swizzle, 256-byte fetches");
    assertEquals(2048, arg(3).getLong(24));
    assertEquals(32, arg(3).getInt(32));
    assertEquals(1, arg(3).getInt(36));
    assertEquals(2, arg(3).getInt(8));
  }

  @Test
  void arguments_areTheCalls_fromCallToCallAndFromTemplateToTemplate() {
    LaunchTemplate one = template(100, 5);
    LaunchTemplate other = template(200, 6);
    block.fill(one, SmallOperands.at(0x100, 0x200, 0x300));
    assertHolds(0x100, 5, 0x340, 0x200, 100);
    block.fill(one, SmallOperands.at(0x500, 0x200, 0x700));
    assertHolds(0x500, 5, 0x740, 0x200, 100);
    block.fill(other, SmallOperands.at(0x500, 0x600, 0x700));
    assertHolds(0x500, 6, 0x740, 0x600, 200);
    block.fill(one, SmallOperands.at(0x500, 0x200, 0x700));
    assertHolds(0x500, 5, 0x740, 0x200, 100);
  }

  @Test
  void tensorMaps_areEncodedOnce_andMovedWhereTheAddressChanged() {
    maps.scrambled = true;
    LaunchTemplate one = template(100, 5);
    block.fill(one, SmallOperands.at(0x100, 0x200, 0x300));
    assertEquals(List.of(2, 0), List.of(maps.encoded, maps.replaced));
    block.fill(one, SmallOperands.at(0x100, 0x200, 0x310));
    assertEquals(List.of(2, 0), List.of(maps.encoded, maps.replaced), "D is no map here");
    block.fill(one, SmallOperands.at(0x110, 0x200, 0x310));
    assertEquals(List.of(2, 2), List.of(maps.encoded, maps.replaced), "one look, and the address");
    block.fill(one, SmallOperands.at(0x120, 0x210, 0x310));
    assertEquals(List.of(2, 4), List.of(maps.encoded, maps.replaced));
    // Another thread has another block and finds them encoded.
    LaunchBlock second = new LaunchBlock(maps);
    second.fill(one, SmallOperands.at(0x110, 0x200, 0x310));
    assertEquals(List.of(2, 7), List.of(maps.encoded, maps.replaced));
  }

  @Test
  void addresses_areWrittenWithoutTheDriver_whereItIsKnownHow() {
    LaunchTemplate one = template(100, 5);
    block.fill(one, SmallOperands.at(0x100, 0x200, 0x300));
    block.fill(one, SmallOperands.at(0x110, 0x220, 0x300));
    assertEquals(2, maps.replaced, "two trials");
    assertHolds(0x110, 5, 0x340, 0x220, 100);
    block.fill(one, SmallOperands.at(0x7fff_ffff_fff0L, 0x230, 0x300));
    assertEquals(2, maps.replaced);
    assertHolds(0x7fff_ffff_fff0L, 5, 0x340, 0x230, 100);
    block.fill(one, SmallOperands.at(0x8000_0000_0000L, 0x230, 0x300));
    assertEquals(3, maps.replaced, "a bit that was not tried");
    assertHolds(0x8000_0000_0000L, 5, 0x340, 0x230, 100);
  }

  @Test
  void driverThatRefusesMadeUpAddresses_isAskedForRealOnes() {
    maps.refuses = true;
    LaunchTemplate one = template(100, 5);
    block.fill(one, SmallOperands.at(0x100, 0x200, 0x300));
    block.fill(one, SmallOperands.at(0x110, 0x200, 0x300));
    assertHolds(0x110, 5, 0x340, 0x200, 100);
    block.fill(one, SmallOperands.at(0x120, 0x200, 0x300));
    assertHolds(0x120, 5, 0x340, 0x200, 100);
    assertEquals(2, maps.replaced);
  }

  @Test
  void encodingInBetween_doesNotShowInTheNextLaunch() {
    LaunchTemplate one = template(100, 5);
    block.fill(one, SmallOperands.at(0x100, 0x200, 0x300));
    byte[] bytes = block.encoded(map(0x900, 300));
    assertEquals(128, bytes.length);
    block.fill(one, SmallOperands.at(0x100, 0x200, 0x300));
    assertHolds(0x100, 5, 0x340, 0x200, 100);
  }

  @Test
  void fixedPlan_keepsItsAddresses() {
    GemmOperands operands = SmallOperands.at(0x100, 0x200, 0x300);
    block.fill(LaunchTemplate.fixed(plan(operands, 100, 5)), SmallOperands.at(0, 0, 0));
    assertHolds(0x100, 5, 0x340, 0x200, 100);
    assertEquals(0, maps.replaced);
  }

  @Test
  void manyArguments_growTheBlock() {
    List<KernelArg> args = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      args.add(new KernelArg.Int(i));
    }
    block.fill(template(100, 5), SmallOperands.at(0x100, 0x200, 0x300));
    block.fill(LaunchTemplate.fixed(new LaunchPlan(1, 32, 1, 0, args)), SmallOperands.at(0, 0, 0));
    for (int i = 0; i < 100; i++) {
      assertEquals(i, arg(i).getInt(0));
    }
    block.fill(template(100, 5), SmallOperands.at(0x100, 0x200, 0x300));
    assertHolds(0x100, 5, 0x340, 0x200, 100);
  }

  /** Offsets of the driver's CUlaunchConfig and CUlaunchAttribute, 64-bit Linux. */
  @Test
  void config_hasTheDriversLayout() {
    block.fill(template(100, 5), SmallOperands.at(0x100, 0x200, 0x300));
    Pointer config = new Pointer(block.config(0x5000, true));
    assertArrayEquals(new int[] {33, 1, 1, 384, 1, 1, 100_000}, config.getIntArray(0, 7));
    assertEquals(0x5000, config.getLong(32));
    assertEquals(1, config.getInt(48));
    Pointer attribute = config.getPointer(40);
    assertEquals(6, attribute.getInt(0), "programmatic stream serialization");
    assertEquals(1, attribute.getInt(8));
    assertEquals(0, new Pointer(block.config(0, false)).getInt(48));
    assertEquals(0, config.getLong(32), "the same memory");
  }
}
