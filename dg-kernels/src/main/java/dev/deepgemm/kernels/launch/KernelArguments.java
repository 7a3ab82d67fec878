package dev.deepgemm.kernels.launch;

import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.ptx.Param;
import dev.deepgemm.ptx.ParamList;
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
  private final ParamList params = new ParamList();
  private final List<Function<Launch, KernelArg>> values = new ArrayList<>();

  /** No arguments yet. */
  public KernelArguments() {}

  /**
   * A tensor map of an operand.
   *
   * @param value the map, at the operand's address
   */
  public Param.Map map(String name, OperandRole role, Function<Launch, TensorMap> value) {
    values.add(launch -> KernelArg.Map.of(value.apply(launch), role));
    return params.map(name);
  }

  /** The address of an operand. */
  public Param.Address address(String name, OperandRole role) {
    values.add(launch -> KernelArg.Address.of(launch.operands(), role));
    return params.address(name);
  }

  /** A 32-bit integer. */
  public Param.Int integer(String name, ToIntFunction<Launch> value) {
    values.add(launch -> new KernelArg.Int(value.applyAsInt(launch)));
    return params.integer(name);
  }

  /** The parameters of the entry. */
  public ParamList params() {
    return params;
  }

  /** The values that a launch passes, in the order of the parameters. */
  public List<KernelArg> values(Launch launch) {
    return values.stream().map(value -> value.apply(launch)).toList();
  }
}
