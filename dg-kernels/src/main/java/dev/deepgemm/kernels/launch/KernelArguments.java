package dev.deepgemm.kernels.launch;

import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.KernelArg;
import dev.deepgemm.api.OperandRole;
import dev.deepgemm.api.TensorMap;
import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.Param;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * The arguments of a kernel: the sum of what its parts declare.
 *
 * <p>A part declares an argument once, with its name, its type and the value that the host passes. The list of
 * the entry's parameters and the list of values of a launch are then the same list, so that two arguments
 * cannot be swapped and none can be forgotten on one side. The order is that of the declarations.
 */
public final class KernelArguments {
  private final List<Argument> arguments = new ArrayList<>();

  /** No arguments yet. */
  public KernelArguments() {}

  private record Argument(Param param, Function<Launch, KernelArg> value) {}

  /**
   * A tensor map of an operand.
   *
   * @param value the map, at the operand's address
   */
  public Param.Map map(String name, OperandRole role, Function<Launch, TensorMap> value) {
    return add(new Param.Map(name), launch -> KernelArg.Map.of(value.apply(launch), role));
  }

  /** The address of an operand. */
  public Param.Address address(String name, OperandRole role) {
    return add(new Param.Address(name), launch -> address(launch.operands(), role));
  }

  /** A 32-bit integer. */
  public Param.Int integer(String name, ToIntFunction<Launch> value) {
    return add(new Param.Int(name), launch -> new KernelArg.Int(value.applyAsInt(launch)));
  }

  private static KernelArg address(GemmOperands operands, OperandRole role) {
    return KernelArg.Address.of(operands, role);
  }

  private <P extends Param> P add(P param, Function<Launch, KernelArg> value) {
    if (arguments.stream().anyMatch(other -> other.param.name().equals(param.name()))) {
      throw new IllegalArgumentException("two arguments are called " + param.name());
    }
    arguments.add(new Argument(param, value));
    return param;
  }

  /** Declares the parameters of the entry. */
  public void declareIn(KernelBuilder kernel) {
    arguments.forEach(argument -> kernel.param(argument.param));
  }

  /** The parameters in their order. */
  List<Param> params() {
    return arguments.stream().map(Argument::param).toList();
  }

  /** The values that a launch passes, in the order of the parameters. */
  public List<KernelArg> values(Launch launch) {
    return arguments.stream().map(argument -> argument.value.apply(launch)).toList();
  }
}
