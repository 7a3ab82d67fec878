package dev.deepgemm.measure.agree;

import dev.deepgemm.api.Options;
import dev.deepgemm.emulator.AccumulationModel;
import dev.deepgemm.emulator.Emulator;
import dev.deepgemm.measure.bench.BenchKind;
import dev.deepgemm.measure.machine.EmulatorMachine;
import dev.deepgemm.measure.machine.GemmRun;
import dev.deepgemm.measure.machine.Machine;
import dev.deepgemm.measure.sweep.SweepCase;
import dev.deepgemm.measure.sweep.SweepShape;
import dev.deepgemm.measure.sweep.SweepSpace;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.GemmError;
import dev.deepgemm.reference.GemmReference;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.spi.ArchSpec;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Runs the same PTX on the same inputs on a device and on the emulator, with each model of how tensor
 * cores add, and compares the outputs.
 */
public final class AgreeRunner {
  /** Clusters of one launch that an emulator runs at a time. */
  private static final int WORKERS = 4;

  private final Machine device;
  private final ArchSpec arch;
  private final Options options;
  private final long seed;

  public AgreeRunner(Machine device, ArchSpec arch, Options options, long seed) {
    this.device = device;
    this.arch = arch;
    this.options = options;
    this.seed = seed;
  }

  /**
   * One launch.
   *
   * @param deviceError of the device's output against the exact product
   * @param problems of the device's output
   * @param models what the emulator made of it, by model
   */
  public record Outcome(
      SweepCase launch,
      GemmError deviceError,
      List<String> problems,
      Map<AccumulationModel, Emulated> models) {}

  /**
   * An emulated launch.
   *
   * @param distance from the device's output
   * @param error against the exact product
   */
  public record Emulated(UlpStatistics distance, GemmError error) {}

  /** Compares all launches; each outcome is handed over when it is known, in order. */
  public void run(List<SweepCase> cases, Consumer<Outcome> outcomes) throws InterruptedException {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / WORKERS);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<Outcome>> pending = new ArrayList<>();
      for (SweepCase one : cases) {
        // The device is for one thread: its outputs are all there before the first emulation ends.
        GemmData data = GemmData.random(one.config().desc(), seed);
        device.prepare(one.config());
        Launched launched = launch(device, one, data);
        pending.add(pool.submit(() -> compare(one, data, launched)));
      }
      for (Future<Outcome> future : pending) {
        outcomes.accept(result(future));
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private record Launched(HostMatrix d, List<String> problems) {}

  private static Launched launch(Machine machine, SweepCase one, GemmData data) {
    GemmRun run = GemmRun.upload(machine, one.config(), data);
    run.launch();
    run.fetch();
    Launched launched = new Launched(run.d(), run.poisonProblems());
    machine.freeAll();
    return launched;
  }

  private Outcome compare(SweepCase one, GemmData data, Launched launched) {
    GemmReference reference = GemmReference.full(data);
    Map<AccumulationModel, Emulated> models = new EnumMap<>(AccumulationModel.class);
    for (AccumulationModel model : AccumulationModel.values()) {
      Emulator emulator = Emulator.builder().accumulation(model).workers(WORKERS).build();
      try (EmulatorMachine emulated = EmulatorMachine.of(arch, options, emulator)) {
        HostMatrix d = launch(emulated, one, data).d();
        models.put(model, new Emulated(UlpStatistics.of(launched.d, d), reference.compare(d)));
      }
    }
    return new Outcome(one, reference.compare(launched.d), launched.problems, models);
  }

  private static Outcome result(Future<Outcome> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      throw new IllegalStateException("an emulation failed", e.getCause());
    }
  }

  /** What is compared: so many configurations, on shapes small enough to be emulated. */
  public static List<SweepCase> cases(
      ArchSpec architecture, BenchKind kind, int limit, Options options) {
    List<SweepShape> shapes = SweepShape.of(architecture, kind.signature(), false);
    return SweepSpace.spread(SweepSpace.of(architecture, shapes, options).cases(), limit);
  }
}
