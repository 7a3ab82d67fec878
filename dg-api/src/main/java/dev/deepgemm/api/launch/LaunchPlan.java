package dev.deepgemm.api.launch;

import java.util.List;

/**
 * One launch of a kernel, complete: the driver executes it, the emulator executes it, and neither
 * knows anything about the kernel.
 *
 * @param grid CTAs
 * @param threads threads per CTA
 * @param cluster CTAs per cluster; 1 without clusters
 * @param smemBytes dynamic shared memory
 * @param args kernel arguments in the order of the entry's parameters
 */
public record LaunchPlan(int grid, int threads, int cluster, int smemBytes, List<KernelArg> args) {
  /** Copies the list. */
  public LaunchPlan {
    args = List.copyOf(args);
  }

  /** The same launch on other operands that lie alike: arguments with an origin get other addresses. */
  public LaunchPlan on(GemmOperands operands) {
    return new LaunchPlan(
        grid, threads, cluster, smemBytes, args.stream().map(arg -> on(arg, operands)).toList());
  }

  private static KernelArg on(KernelArg arg, GemmOperands operands) {
    KernelArg.Origin origin = arg.origin();
    if (origin == null) {
      return arg;
    }
    long address = origin.in(operands);
    return arg instanceof KernelArg.Map map
        ? new KernelArg.Map(map.map().at(address), origin)
        : new KernelArg.Address(address, origin);
  }
}
