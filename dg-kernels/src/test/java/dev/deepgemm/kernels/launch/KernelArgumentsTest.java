package dev.deepgemm.kernels.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Schedule;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.ptx.Param;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelArgumentsTest {
  private static final GemmDesc DESC = GemmDesc.bf16(100, 200, 300, DataType.BF16);
  private static final GemmOperands OPERANDS =
      GemmOperands.unscaled(
          new DeviceMatrix(0x1000, 304),
          new DeviceMatrix(0x2000, 312),
          new DeviceMatrix(0x3000, 200));

  private static Launch launch(GemmOperands operands) {
    ThreadRoles threads = ThreadRoles.of(ThreadRoles.TMA, 128, ThreadRoles.MATH, 128);
    Schedule schedule =
        new Schedule(
            new Tile(64, 32, 64), Multicast.NONE, Team.of(threads), new Swizzles(128, 128, 64), 3);
    KernelSpec spec = new KernelSpec("any", DESC.signature(), schedule);
    return new Launch(new GemmConfig(DESC, spec, 10, 0, SmemUsage.builder().build()), operands);
  }

  private static TensorMap map(Launch launch) {
    DeviceMatrix a = launch.operands().a();
    return TensorMaps.matrix(DataType.BF16, a, 300, 100).box(64, 64, 128);
  }

  @Test
  void values_areInTheOrderOfTheDeclarations_withTheirOrigins() {
    KernelArguments arguments = new KernelArguments();
    Param.Int first = arguments.integer("rows", launch -> launch.desc().m());
    Param.Map second = arguments.map("map_a", OperandRole.A, KernelArgumentsTest::map);
    Param.Address third = arguments.address("d", OperandRole.D);
    assertEquals(List.of(first, second, third), arguments.params().all());

    List<KernelArg> values = arguments.values(launch(OPERANDS));
    assertEquals(new KernelArg.Int(100), values.get(0));
    assertEquals(KernelArg.Map.of(map(launch(OPERANDS)), OperandRole.A), values.get(1));
    assertEquals(
        new KernelArg.Address(0x3000, new KernelArg.Origin(OperandRole.D, 0)), values.get(2));
  }

  @Test
  void values_areOfTheLaunch() {
    KernelArguments arguments = new KernelArguments();
    arguments.address("b", OperandRole.B);
    assertEquals(0x2000, address(arguments, OPERANDS));
    DeviceMatrix elsewhere = new DeviceMatrix(0x9000, 312);
    assertEquals(0x9000, address(arguments, OPERANDS.with(OperandRole.B, elsewhere)));
  }

  private static long address(KernelArguments arguments, GemmOperands operands) {
    return ((KernelArg.Address) arguments.values(launch(operands)).get(0)).value();
  }

  @Test
  void twoOfOneName_areRefused() {
    KernelArguments arguments = new KernelArguments();
    arguments.integer("tiles", launch -> 1);
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class, () -> arguments.address("tiles", OperandRole.A));
    assertTrue(error.getMessage().contains("tiles"), error.getMessage());
  }

  /** TMA counts strides in bytes and boxes in elements. */
  @Test
  void tensorMap_hasStridesInBytes() {
    TensorMap map = map(launch(OPERANDS));
    assertEquals(List.of(300L, 100L), map.dims());
    assertEquals(List.of(608L), map.strides());
    assertEquals(List.of(64, 64), map.box());
    assertEquals(TensorMap.Swizzle.B128, map.swizzle());
  }
}
