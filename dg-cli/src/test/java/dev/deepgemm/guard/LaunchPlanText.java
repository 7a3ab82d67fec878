package dev.deepgemm.guard;

import static java.util.stream.Collectors.joining;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.TensorMap;
import java.util.ArrayList;
import java.util.List;

/** A launch in lines, in words of their own: types may be renamed, what is launched may not change. */
final class LaunchPlanText {
  private LaunchPlanText() {}

  static List<String> of(String heading, GemmConfig config, LaunchPlan plan) {
    List<String> lines = new ArrayList<>();
    lines.add(heading);
    lines.add("  kernel " + config.kernel().id());
    lines.add(
        String.format(
            "  grid %d, threads %d, cluster %d, smem %d",
            plan.grid(), plan.threads(), plan.cluster(), plan.smemBytes()));
    plan.args().forEach(arg -> lines.add("  " + argument(arg)));
    return lines;
  }

  private static String argument(KernelArg arg) {
    if (arg instanceof KernelArg.Map map) {
      return map(map.map());
    }
    if (arg instanceof KernelArg.Address address) {
      return String.format("u64 0x%x", address.value());
    }
    if (arg instanceof KernelArg.Int number) {
      return "u32 " + number.value();
    }
    throw new IllegalArgumentException("no words for a " + arg.getClass().getName());
  }

  private static String map(TensorMap map) {
    return String.format(
        "map %s at 0x%x, dims %s, strides %s, box %s, swizzle %d, L2 %d",
        map.type(),
        map.address(),
        numbers(map.dims()),
        numbers(map.strides()),
        numbers(map.box()),
        map.swizzle().bytes(),
        map.l2Promotion());
  }

  private static String numbers(List<? extends Number> values) {
    return values.stream().map(Number::toString).collect(joining(" x "));
  }
}
