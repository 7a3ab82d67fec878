package dev.deepgemm.emulator.internal.machine;

import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.emulator.internal.check.FindingsException;
import dev.deepgemm.emulator.internal.memory.GlobalMemory;
import dev.deepgemm.emulator.internal.memory.GlobalWriters;
import dev.deepgemm.emulator.internal.numbers.Accumulation;
import dev.deepgemm.emulator.internal.parse.PtxKernel;
import dev.deepgemm.emulator.internal.parse.PtxScope;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What all clusters of one run share: immutable but for the device memory.
 *
 * @param program the decoded kernel
 * @param plan the launch
 * @param memory device memory
 * @param params parameter space
 * @param maps tensor maps by their offset in the parameter space
 * @param accumulation how tensor cores add
 * @param writers who stored and who added to global memory; null where the kernel does not add
 * @param dependent whether a grid in front may still be running when this one begins
 * @param seed seed of the schedule
 * @param origins for a line of PTX, the Java that emitted it
 */
public record Launch(
    Program program,
    LaunchPlan plan,
    GlobalMemory memory,
    byte[] params,
    Map<Integer, TensorMap> maps,
    Accumulation accumulation,
    @Nullable GlobalWriters writers,
    boolean dependent,
    long seed,
    IntFunction<Optional<String>> origins) {

  /** Largest dynamic plus static shared memory of a CTA on sm_90. */
  private static final int MAX_SHARED = 227 * 1024;

  public static Launch of(
      Program program,
      LaunchPlan plan,
      GlobalMemory memory,
      Accumulation accumulation,
      boolean dependent,
      long seed,
      IntFunction<Optional<String>> origins) {
    List<Problem> problems = new ArrayList<>();
    geometry(program.kernel(), plan, problems);
    Map<Integer, TensorMap> maps = new HashMap<>();
    byte[] params = params(program.kernel(), plan, maps, problems);
    if (!problems.isEmpty()) {
      throw FindingsException.refused(problems);
    }
    GlobalWriters writers = program.reduces() ? new GlobalWriters() : null;
    return new Launch(
        program,
        plan,
        memory,
        params,
        Map.copyOf(maps),
        accumulation,
        writers,
        dependent,
        seed,
        origins);
  }

  private static void geometry(PtxKernel kernel, LaunchPlan plan, List<Problem> problems) {
    problems.addAll(kernel.head().bounds().problems(plan.grid(), plan.threads(), plan.cluster()));
    int shared = kernel.staticSharedBytes() + plan.smemBytes();
    if (plan.smemBytes() < 0 || shared > MAX_SHARED) {
      problems.add(
          Problem.of(
              "DG-EMU-05",
              "%,d bytes of static and %,d of dynamic shared memory; legal: %,d in all",
              kernel.staticSharedBytes(),
              plan.smemBytes(),
              MAX_SHARED));
    }
  }

  private static byte[] params(
      PtxKernel kernel, LaunchPlan plan, Map<Integer, TensorMap> maps, List<Problem> problems) {
    byte[] bytes = new byte[kernel.paramBytes()];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int count = kernel.head().params().size();
    if (count != plan.args().size()) {
      problems.add(
          Problem.of(
              "DG-EMU-05",
              "%d arguments for the %d parameters of %s",
              plan.args().size(),
              count,
              kernel.head().name()));
      return bytes;
    }
    for (int i = 0; i < count; i++) {
      PtxScope.Variable param = kernel.head().params().get(i);
      KernelArg arg = plan.args().get(i);
      int offset = Math.toIntExact(param.offset());
      int size = arg instanceof KernelArg.Map ? 128 : arg instanceof KernelArg.Address ? 8 : 4;
      if (param.bytes() != size) {
        problems.add(
            Problem.of(
                "DG-EMU-05",
                "argument %d is a %s of %d bytes; parameter %s has %d",
                i,
                arg.getClass().getSimpleName(),
                size,
                param.name(),
                param.bytes()));
      } else if (arg instanceof KernelArg.Map map) {
        maps.put(offset, map.map());
      } else if (arg instanceof KernelArg.Address address) {
        buffer.putLong(offset, address.value());
      } else if (arg instanceof KernelArg.Int value) {
        buffer.putInt(offset, value.value());
      }
    }
    return bytes;
  }

  /** The tensor map whose parameter begins at that offset. */
  public @Nullable TensorMap map(long offset) {
    return maps.get((int) offset);
  }

  /** Whether a range of the parameter space belongs to a tensor map, which is opaque. */
  public boolean opaque(long offset, int bytes) {
    return maps.keySet().stream().anyMatch(at -> offset < at + 128 && at < offset + bytes);
  }
}
