package dev.deepgemm.measure.machine;

import dev.deepgemm.api.DeviceMatrix;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.HostMatrix;
import org.jspecify.annotations.Nullable;

/** What a product reads, on a machine; several launches with outputs of their own may share it. */
public record GemmInputs(
    DeviceMatrix a, DeviceMatrix b, @Nullable DeviceMatrix sfa, @Nullable DeviceMatrix sfb) {

  public static GemmInputs upload(Machine machine, GemmData data) {
    return new GemmInputs(
        place(machine, data.a()),
        place(machine, data.b()),
        data.scalesA() == null ? null : place(machine, data.scalesA()),
        data.scalesB() == null ? null : place(machine, data.scalesB()));
  }

  private static DeviceMatrix place(Machine machine, HostMatrix matrix) {
    return new DeviceMatrix(machine.upload(matrix), matrix.stride());
  }

  /** With an output. */
  public GemmOperands operands(DeviceMatrix d) {
    return GemmOperands.of(a, b, d, sfa, sfb);
  }

  /** The same in other memory of a GPU. */
  public GemmInputs duplicate(CudaMachine gpu) {
    return new GemmInputs(
        copy(gpu, a),
        copy(gpu, b),
        sfa == null ? null : copy(gpu, sfa),
        sfb == null ? null : copy(gpu, sfb));
  }

  private static DeviceMatrix copy(CudaMachine gpu, DeviceMatrix matrix) {
    return new DeviceMatrix(gpu.duplicate(matrix.address()), matrix.stride());
  }
}
