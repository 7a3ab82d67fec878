package dev.deepgemm.emulator;

import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.emulator.internal.check.FindingsException;
import dev.deepgemm.emulator.internal.decode.Decoder;
import dev.deepgemm.emulator.internal.machine.Cluster;
import dev.deepgemm.emulator.internal.machine.Launch;
import dev.deepgemm.emulator.internal.machine.Program;
import dev.deepgemm.emulator.internal.machine.Statistics;
import dev.deepgemm.emulator.internal.parse.PtxParser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/**
 * Executes PTX text on the CPU, as a debugger for kernels rather than as a fast substitute for
 * them.
 *
 * <p>It takes the PTX of any producer for {@code sm_90a} (and what other architectures share with
 * it; the target that the text names is not looked at). What it does not know it refuses by name and line, before anything runs. While a kernel runs
 * it watches for what the hardware lets pass: reads of data that is not there yet, missing fences,
 * deadlocks, accesses out of bounds. docs/emulator.md says what is modelled, what is found, and
 * what is not.
 *
 * <p>Clusters are independent of each other and run on a few threads; one that waits for another
 * through global memory is not supported. An emulator is immutable and may be shared.
 */
public final class Emulator {
  private final long seed;
  private final int workers;
  private final AccumulationModel model;
  private final boolean dependent;

  private Emulator(Builder builder) {
    this.seed = builder.seed;
    this.workers = builder.workers;
    this.model = builder.model;
    this.dependent = builder.dependent;
  }

  /** An emulator with other than default settings. */
  public static Builder builder() {
    return new Builder();
  }

  /** Settings of an emulator. */
  public static final class Builder {
    private long seed;
    private int workers = Math.max(1, Math.min(8, Runtime.getRuntime().availableProcessors()));
    private AccumulationModel model = AccumulationModel.FP32;
    private boolean dependent;

    private Builder() {}

    /** Seed of the schedule: another one is another interleaving of warps and copies. Default 0. */
    public Builder seed(long value) {
      this.seed = value;
      return this;
    }

    /**
     * Threads that run clusters, at least 1. The default is the number of processors, at most 8.
     */
    public Builder workers(int value) {
      if (value < 1) {
        throw new IllegalArgumentException(value + " workers; legal: at least 1");
      }
      this.workers = value;
      return this;
    }

    /** How tensor cores add. Default {@link AccumulationModel#FP32}. */
    public Builder accumulation(AccumulationModel value) {
      this.model = value;
      return this;
    }

    /**
     * Whether kernels begin while a grid that they depend on may still be running (programmatic dependent
     * launch). Then they may touch global memory only where they know that {@code griddepcontrol.wait} has
     * been passed, by themselves or by somebody whom they have met at a barrier since; memory that is {@linkplain
     * DeviceMemory#declareConstant declared constant} they may touch at once, and prefetches are free. Default
     * false.
     */
    public Builder dependent(boolean value) {
      this.dependent = value;
      return this;
    }

    /** The emulator. */
    public Emulator build() {
      return new Emulator(this);
    }
  }

  /**
   * Runs a kernel to its end.
   *
   * @param module the kernel; faults name the Java lines that it knows
   * @param plan the launch
   * @param memory device memory, which the kernel reads and writes
   * @throws EmulatorException if the text cannot be decoded, the launch does not fit it, or the
   *     kernel does something wrong
   */
  public EmulatorReport run(PtxModule module, LaunchPlan plan, DeviceMemory memory) {
    return run(module.text(), module.entry(), plan, memory, module::origin);
  }

  /**
   * Runs a kernel of any producer.
   *
   * @param ptx PTX text
   * @param entry name of the entry point
   * @param plan the launch
   * @param memory device memory, which the kernel reads and writes
   * @throws EmulatorException as above
   */
  public EmulatorReport run(String ptx, String entry, LaunchPlan plan, DeviceMemory memory) {
    return run(ptx, entry, plan, memory, line -> Optional.empty());
  }

  /**
   * The entry points of a module and what they demand of a launch, in the order of the text.
   *
   * @param ptx PTX text
   * @throws EmulatorException if it is not a module; what is in the bodies is not looked at
   */
  public static List<PtxEntry> entries(String ptx) {
    try {
      return PtxParser.entries(ptx).stream().map(PtxEntry::of).toList();
    } catch (FindingsException e) {
      throw new EmulatorException(e);
    }
  }

  private EmulatorReport run(
      String ptx,
      String entry,
      LaunchPlan plan,
      DeviceMemory memory,
      IntFunction<Optional<String>> origins) {
    try {
      long begin = System.nanoTime();
      Program program = Decoder.decode(PtxParser.parse(ptx, entry));
      Launch launch =
          Launch.of(program, plan, memory.global(), model.accumulation(), dependent, seed, origins);
      return run(launch, begin);
    } catch (FindingsException e) {
      throw new EmulatorException(e);
    }
  }

  private EmulatorReport run(Launch launch, long begin) {
    int clusters = launch.plan().grid() / launch.plan().cluster();
    Statistics sum = new Statistics();
    Set<String> warnings = new TreeSet<>();
    for (Outcome outcome : runAll(launch, clusters)) {
      sum.add(outcome.statistics());
      warnings.addAll(outcome.warnings());
    }
    return new EmulatorReport(
        seed,
        sum.instructions,
        sum.wgmmas,
        sum.copies,
        sum.copiedBytes,
        Duration.ofNanos(System.nanoTime() - begin),
        List.copyOf(warnings));
  }

  private record Outcome(Statistics statistics, Set<String> warnings) {
    static Outcome of(Launch launch, int number) {
      Cluster cluster = new Cluster(launch, number);
      cluster.run();
      return new Outcome(cluster.statistics(), cluster.warnings());
    }
  }

  /** Runs all clusters; of several that fail, the one with the lowest number is reported. */
  private List<Outcome> runAll(Launch launch, int clusters) {
    List<Outcome> outcomes = new ArrayList<>();
    if (workers == 1 || clusters == 1) {
      for (int i = 0; i < clusters; i++) {
        outcomes.add(Outcome.of(launch, i));
      }
      return outcomes;
    }
    ExecutorService pool = Executors.newFixedThreadPool(Math.min(workers, clusters));
    try {
      List<Future<Outcome>> futures = new ArrayList<>();
      for (int i = 0; i < clusters; i++) {
        int number = i;
        Callable<Outcome> task = () -> Outcome.of(launch, number);
        futures.add(pool.submit(task));
      }
      for (Future<Outcome> future : futures) {
        outcomes.add(result(future));
      }
      return outcomes;
    } finally {
      pool.shutdownNow();
    }
  }

  private static Outcome result(Future<Outcome> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a kernel was emulated", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof FindingsException findings) {
        throw findings;
      }
      throw new IllegalStateException("the emulator failed", e.getCause());
    }
  }
}
