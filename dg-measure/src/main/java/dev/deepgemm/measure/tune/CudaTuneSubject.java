package dev.deepgemm.measure.tune;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.IntMath;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.jit.GpuGraph;
import dev.deepgemm.measure.bench.BenchCase;
import dev.deepgemm.measure.bench.Ceilings;
import dev.deepgemm.measure.machine.CudaMachine;
import dev.deepgemm.measure.machine.GemmInputs;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.HostMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A product on a GPU, in input sets that do not fit the cache together. The output of the first set is
 * poisoned before each trial, so that what is compared was computed in it; where the product is added to C,
 * it is C, and what is compared is what one launch made of it.
 */
public final class CudaTuneSubject implements TuneSubject {
  private static final long ROTATED_BYTES = 250_000_000;
  private static final int L2_MULTIPLE = 4;
  private static final int MOST_SETS = 32;
  private static final int LAUNCHES = 20;

  /** A replay of about that many microseconds is long enough, if fewer launches than usual fill it. */
  private static final double LONG_REPLAY_MICROS = 2_000;

  private static final byte POISON = (byte) 0xFF;

  private final CudaMachine gpu;
  private final KernelPreparation kernels;
  private final GemmDesc desc;
  private final List<GemmOperands> sets = new ArrayList<>();
  private final int launches;
  private final boolean heats;
  private final RowSample sample;

  /** What the product is added to, in rows like those of D; null if it is not. */
  private final @Nullable DeviceMatrix c;

  private byte @Nullable [] afterOneLaunch;
  private byte @Nullable [] reference;

  public CudaTuneSubject(
      CudaMachine gpu,
      KernelPreparation kernels,
      TuneProblem problem,
      long seed,
      Ceilings ceilings) {
    this.gpu = gpu;
    this.kernels = kernels;
    this.desc = problem.classic().desc();
    try {
      GemmData data = GemmData.random(desc, seed);
      c = upload(gpu, data.c());
      GemmInputs inputs = GemmInputs.upload(gpu, data);
      sets.add(inputs.operands(output()));
      long wanted = Math.max(ROTATED_BYTES, (long) L2_MULTIPLE * gpu.l2Bytes());
      int count = (int) Math.max(2, Math.min(MOST_SETS, wanted / setBytes(data) + 1));
      while (sets.size() < count) {
        sets.add(inputs.duplicate(gpu).operands(output()));
      }
    } catch (RuntimeException e) {
      gpu.freeAll();
      throw e;
    }
    this.sample = RowSample.of(desc.m(), dRowBytes());
    BenchCase one = problem.product();
    double floorMicros = ceilings.floorMicros(one);
    // Arithmetic takes the device to its power limit and its clock down, within milliseconds;
    // moving bytes does not.
    this.heats = one.bytes() / ceilings.bytesPerSecond() * 1e6 < floorMicros;
    // Whole rounds, so that every set is launched as often as every other.
    int enough = (int) Math.min(LAUNCHES, Math.ceil(LONG_REPLAY_MICROS / floorMicros));
    this.launches = Math.max(1, enough / sets.size()) * sets.size();
  }

  private DeviceMatrix output() {
    long address = c == null ? gpu.allocate(dBytes(), POISON) : gpu.duplicate(c.address());
    return new DeviceMatrix(address, dRowBytes() / desc.dType().bytes());
  }

  private static @Nullable DeviceMatrix upload(CudaMachine gpu, @Nullable HostMatrix c) {
    return c == null ? null : new DeviceMatrix(gpu.upload(c), c.stride());
  }

  private int dRowBytes() {
    return IntMath.align(desc.n() * desc.dType().bytes(), 16);
  }

  private long dBytes() {
    return (long) desc.m() * dRowBytes();
  }

  private long setBytes(GemmData data) {
    return data.a().bytes() + data.b().bytes() + dBytes();
  }

  @Override
  public Map<String, String> load(List<GemmConfig> configs) {
    return kernels.load(configs);
  }

  @Override
  public Trial open(GemmConfig config) {
    if (c == null) {
      gpu.fill(sets.get(0).d().address(), POISON);
    } else {
      gpu.copy(c.address(), sets.get(0).d().address());
      gpu.run(config, sets.get(0));
      afterOneLaunch = fetch();
    }
    GpuGraph graph = gpu.graph(config, sets, launches);
    if (reference == null) {
      // The device leaves its idle clock.
      gpu.replayMicros(graph, launches, 1);
    }
    return new Trial() {
      @Override
      public double[] time(int replays) {
        return gpu.replayMicrosNow(graph, launches, replays);
      }

      @Override
      public double[] settledTime(int replays) {
        return gpu.replayMicros(graph, launches, replays);
      }

      @Override
      public double difference() {
        byte[] expected = reference;
        return expected == null
            ? Double.NaN
            : RowSample.difference(desc.dType(), expected, result());
      }

      @Override
      public void close() {
        graph.close();
      }
    };
  }

  /** What the last trial's first launch made, or any of them where all make the same. */
  private byte[] result() {
    byte[] once = afterOneLaunch;
    return once == null ? fetch() : once;
  }

  private byte[] fetch() {
    byte[] into = new byte[sample.rows().length * dRowBytes()];
    long address = sets.get(0).d().address();
    if (sample.isAll()) {
      gpu.read(address, 0, into, 0, into.length);
    } else {
      for (int i = 0; i < sample.rows().length; i++) {
        long from = (long) sample.rows()[i] * dRowBytes();
        gpu.read(address, from, into, i * dRowBytes(), dRowBytes());
      }
    }
    return into;
  }

  @Override
  public boolean heats() {
    return heats;
  }

  @Override
  public void keepAsReference() {
    reference = result();
  }

  @Override
  public boolean alive() {
    byte[] expected = reference;
    if (expected == null) {
      return false;
    }
    gpu.fill(sets.get(0).d().address(), POISON);
    return fetch()[0] == POISON;
  }

  @Override
  public void close() {
    gpu.freeAll();
  }
}
