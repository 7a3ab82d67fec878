package dev.deepgemm.measure.machine;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.GemmOutput;
import dev.deepgemm.reference.HostMatrix;
import java.util.List;

/** One set of inputs on a machine, with an output that is poisoned, or C with poison around it. */
public final class GemmRun {
  private final Machine machine;
  private final GemmConfig config;
  private final GemmInputs inputs;
  private final GemmOperands operands;
  private final GemmOutputs outputs;
  private final HostMatrix output;

  private GemmRun(
      Machine machine,
      GemmConfig config,
      GemmInputs inputs,
      GemmOperands operands,
      GemmOutputs outputs) {
    this.machine = machine;
    this.config = config;
    this.inputs = inputs;
    this.operands = operands;
    this.outputs = outputs;
    this.output = outputs.room();
  }

  /** Uploads inputs and an output. */
  public static GemmRun upload(Machine machine, GemmConfig config, GemmData data) {
    GemmOutputs outputs = GemmOutputs.of(data);
    return over(machine, config, GemmInputs.upload(machine, data), outputs, false);
  }

  /**
   * Uploads an output for inputs that are there already.
   *
   * @param constantB whether launches are told that B is constant
   */
  public static GemmRun over(
      Machine machine,
      GemmConfig config,
      GemmInputs inputs,
      GemmOutputs outputs,
      boolean constantB) {
    GemmOperands operands =
        inputs.operands(place(machine, outputs.initial())).withConstantB(constantB);
    return new GemmRun(machine, config, inputs, operands, outputs);
  }

  private static DeviceMatrix place(Machine machine, HostMatrix matrix) {
    return new DeviceMatrix(machine.upload(matrix), matrix.stride());
  }

  /** The operands. */
  public GemmOperands operands() {
    return operands;
  }

  /** Launches once and waits; nanoseconds, host included. */
  public long launch() {
    long start = System.nanoTime();
    machine.run(config, operands);
    return System.nanoTime() - start;
  }

  /** Fetches D; {@link #poisonProblems} and {@link #d} look at what was fetched last. */
  public void fetch() {
    machine.download(operands.d().address(), output);
  }

  /** Share of D that is no longer what it was, 0 to 1, while the kernel still runs. */
  double written() {
    HostMatrix view = outputs.room();
    machine.download(operands.d().address(), view);
    return outputs.changed(view);
  }

  /** What was not written, or was and should not have been; in words. */
  public List<String> poisonProblems() {
    return GemmOutput.problems(output);
  }

  /** D. */
  public HostMatrix d() {
    return GemmOutput.unguarded(output);
  }

  /** Makes D what it was before the first launch. */
  public void reset() {
    machine.overwrite(operands.d().address(), outputs.initial());
  }

  /** What D is before a launch. */
  public GemmOutputs outputs() {
    return outputs;
  }

  /** The same inputs in other memory of a GPU, with an output of their own. */
  public GemmOperands duplicate(CudaMachine gpu) {
    return inputs
        .duplicate(gpu)
        .operands(place(gpu, outputs.initial()))
        .withConstantB(operands.constantB());
  }

  /** Bytes of one set on the device. */
  public static long bytes(GemmData data, HostMatrix output) {
    return data.a().bytes()
        + data.b().bytes()
        + output.bytes()
        + (data.scalesA() == null ? 0 : data.scalesA().bytes())
        + (data.scalesB() == null ? 0 : data.scalesB().bytes());
  }

  /** The output matrix as it was fetched last, guard rows included. */
  HostMatrix output() {
    return output;
  }
}
