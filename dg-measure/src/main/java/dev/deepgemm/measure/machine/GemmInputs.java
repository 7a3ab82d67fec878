package dev.deepgemm.measure.machine;

import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.HostMatrix;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a product reads, on a machine; several launches with outputs of their own may share it. C is not
 * among it: it is what an output holds before a launch ({@link GemmOutputs}).
 */
public final class GemmInputs {
  private final Map<OperandRole, DeviceMatrix> byRole;

  private GemmInputs(Map<OperandRole, DeviceMatrix> byRole) {
    this.byRole = byRole;
  }

  /** Inputs as they are in host memory. */
  public static GemmInputs upload(Machine machine, GemmData data) {
    Map<OperandRole, DeviceMatrix> byRole = new EnumMap<>(OperandRole.class);
    place(byRole, machine, OperandRole.A, data.a());
    place(byRole, machine, OperandRole.B, data.b());
    place(byRole, machine, OperandRole.SCALES_A, data.scalesA());
    place(byRole, machine, OperandRole.SCALES_B, data.scalesB());
    return new GemmInputs(byRole);
  }

  private static void place(
      Map<OperandRole, DeviceMatrix> byRole,
      Machine machine,
      OperandRole role,
      @Nullable HostMatrix matrix) {
    if (matrix != null) {
      byRole.put(role, new DeviceMatrix(machine.upload(matrix), matrix.stride()));
    }
  }

  /** With an output. */
  public GemmOperands operands(DeviceMatrix d) {
    GemmOperands.Builder operands = GemmOperands.builder().set(OperandRole.D, d);
    byRole.forEach(operands::set);
    return operands.build();
  }

  /** The same in other memory of a GPU. */
  public GemmInputs duplicate(CudaMachine gpu) {
    Map<OperandRole, DeviceMatrix> copies = new EnumMap<>(OperandRole.class);
    byRole.forEach((role, matrix) -> copies.put(role, matrix.at(gpu.duplicate(matrix.address()))));
    return new GemmInputs(copies);
  }
}
