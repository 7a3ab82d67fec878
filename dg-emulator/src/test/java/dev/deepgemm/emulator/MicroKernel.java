package dev.deepgemm.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.TensorMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A few instructions wrapped into a kernel, run, and looked at.
 *
 * <p>Every kernel takes the address of an output and an input buffer, and up to three tensor maps
 * {@code map0} to {@code map2}. It begins with {@code %rd0} the output, {@code %rd1} the input,
 * {@code %r0} the thread's index in the CTA, and {@code %rd2} and {@code %rd3} the thread's own
 * words in both.
 */
public final class MicroKernel {
  private final String body;
  private final List<TensorMap> maps = new ArrayList<>();
  private int threads = 32;
  private int grid = 1;
  private int cluster = 1;
  private int smem;
  private long seed;
  private boolean dependent;
  private boolean constantInput;
  private int outputBytes = 4096;
  private byte[] input = new byte[4096];
  private String target = "sm_90a";
  private DeviceMemory memory = new DeviceMemory();
  private AccumulationModel model = AccumulationModel.FP32;
  private EmulatorReport report;

  private MicroKernel(String body) {
    this.body = body;
  }

  public static MicroKernel of(String body) {
    return new MicroKernel(body);
  }

  public MicroKernel threads(int value) {
    threads = value;
    return this;
  }

  public MicroKernel grid(int value) {
    grid = value;
    return this;
  }

  public MicroKernel cluster(int value) {
    cluster = value;
    grid = Math.max(grid, value);
    return this;
  }

  public MicroKernel smem(int bytes) {
    smem = bytes;
    return this;
  }

  public MicroKernel seed(long value) {
    seed = value;
    return this;
  }

  /** Runs it behind a grid that may still be running. */
  MicroKernel dependent() {
    dependent = true;
    return this;
  }

  /** Nothing in flight writes the input. */
  MicroKernel constantInput() {
    constantInput = true;
    return this;
  }

  /** Another architecture than {@code sm_90a}. */
  public MicroKernel target(String value) {
    target = value;
    return this;
  }

  public MicroKernel output(int bytes) {
    outputBytes = bytes;
    return this;
  }

  MicroKernel model(AccumulationModel value) {
    model = value;
    return this;
  }

  public MicroKernel input(byte[] bytes) {
    input = bytes;
    return this;
  }

  public MicroKernel input(int... words) {
    ByteBuffer buffer = ByteBuffer.allocate(words.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int word : words) {
      buffer.putInt(word);
    }
    return input(buffer.array());
  }

  /** Adds a tensor map over memory of {@link #memory()}. */
  public MicroKernel map(TensorMap map) {
    maps.add(map);
    return this;
  }

  public List<TensorMap> maps() {
    return maps;
  }

  public DeviceMemory memory() {
    return memory;
  }

  public MicroKernel memory(DeviceMemory value) {
    memory = value;
    return this;
  }

  public String ptx() {
    StringBuilder params = new StringBuilder(".param .u64 out, .param .u64 in");
    for (int i = 0; i < maps.size(); i++) {
      params.append(", .param .align 64 .b8 map").append(i).append("[128]");
    }
    return """
        .version 8.0
        .target %s
        .address_size 64
        .extern .shared .align 1024 .b8 smem[];
        .visible .entry kernel(%s)
        .reqntid %d, 1, 1%s
        {
        .reg .pred %%p<16>;
        .reg .b16 %%h<16>;
        .reg .b32 %%r<64>;
        .reg .b64 %%rd<32>;
        .reg .f32 %%f<160>;
        .reg .f64 %%d<8>;
        ld.param.u64 %%rd0, [out];
        ld.param.u64 %%rd1, [in];
        mov.u32 %%r0, %%tid.x;
        mad.wide.u32 %%rd2, %%r0, 4, %%rd0;
        mad.wide.u32 %%rd3, %%r0, 4, %%rd1;
        %s
        ret;
        }
        """
        .formatted(
            target,
            params,
            threads,
            cluster > 1 ? "\n.explicitcluster .reqnctapercluster " + cluster + ", 1, 1" : "",
            body);
  }

  /** Runs; the output buffer. */
  public ByteBuffer run() {
    long out = memory.allocate(outputBytes);
    List<KernelArg> args = new ArrayList<>();
    args.add(new KernelArg.Address(out));
    long in = memory.allocate(input);
    if (constantInput) {
      memory.declareConstant(in + 8);
    }
    args.add(new KernelArg.Address(in));
    maps.forEach(map -> args.add(new KernelArg.Map(map)));
    Emulator emulator =
        Emulator.builder().seed(seed).accumulation(model).dependent(dependent).build();
    report =
        emulator.run(ptx(), "kernel", new LaunchPlan(grid, threads, cluster, smem, args), memory);
    return ByteBuffer.wrap(memory.read(out, outputBytes)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** What the last run reported. */
  public EmulatorReport report() {
    return report;
  }

  /** Runs; the first word of the output. */
  public int word() {
    return run().getInt(0);
  }

  /** Runs; one word per thread. */
  public int[] words(int count) {
    int[] words = new int[count];
    run().asIntBuffer().get(words);
    return words;
  }

  /** Runs; the first word of the output as a float. */
  public float real() {
    return run().getFloat(0);
  }

  /** Runs, and expects one fault of that id; its text. */
  public String fault(String id) {
    EmulatorException e = assertThrows(EmulatorException.class, this::run);
    assertEquals(id, e.problems().get(0).id(), e.getMessage());
    return e.getMessage();
  }
}
