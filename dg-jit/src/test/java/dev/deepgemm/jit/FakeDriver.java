package dev.deepgemm.jit;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.LaunchPlan;
import dev.deepgemm.api.TensorMap;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * A driver without a device: it keeps the books that the real one keeps (contexts per thread, modules,
 * memory, captures), complains as the real one does, and fails where a test tells it to.
 */
final class FakeDriver implements CudaDriver {
  static final int SMS = 132;

  /** A launch as the driver got it. */
  record Launch(long function, LaunchPlan plan, long stream, long context, boolean overlap) {}

  final List<String> calls = new ArrayList<>();
  final List<Launch> launches = new ArrayList<>();
  final Map<Long, String> modules = new TreeMap<>();
  final Map<Long, String> functions = new TreeMap<>();
  final Map<Long, Integer> dynamicSmem = new TreeMap<>();
  final Map<Long, Integer> retained = new TreeMap<>();
  final TreeMap<Long, byte[]> memory = new TreeMap<>();
  final Set<Long> capturing = new HashSet<>();
  final Set<Long> streams = new HashSet<>();
  final Set<Long> events = new HashSet<>();
  final Set<Long> graphs = new HashSet<>();

  /** If there is one, launches are laid out in it as the real driver does, and no book is kept of them. */
  LaunchBlock layout;

  ComputeCapability computeCapability = new ComputeCapability(9, 0);
  int devices = 1;
  UnaryOperator<LinkResult> linker = UnaryOperator.identity();

  private final ThreadLocal<Long> current = ThreadLocal.withInitial(() -> 0L);
  private final Map<String, Integer> faults = new HashMap<>();
  private long next = 0x1000;

  /** From now on a call of that name fails with that code. */
  void fail(String call, int code) {
    faults.put(call, code);
  }

  void heal(String call) {
    faults.remove(call);
  }

  private void call(String name) {
    synchronized (calls) {
      calls.add(name);
    }
    Integer code = faults.get(name);
    if (code != null) {
      throw CudaErrors.failed(name, code, "FAULT_" + code, "injected");
    }
  }

  private void needsContext(String name) {
    call(name);
    if (current.get() == 0) {
      throw CudaErrors.failed(name, 201, "CUDA_ERROR_INVALID_CONTEXT", "no current context");
    }
    // A primary context that nobody holds is dead, and stays current where it was. As seen with
    // driver 580.159, which still tells the device of a dead one.
    boolean primary = (current.get() & ~0xFFF) == 0xC000;
    if (primary
        && retained.getOrDefault(current.get() & 0xFFF, 0) == 0
        && !name.equals("currentDevice")) {
      throw CudaErrors.failed(name, 709, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed");
    }
  }

  private synchronized long handle() {
    next += 0x100;
    return next;
  }

  @Override
  public String version() {
    return "999.01 (CUDA 13.0)";
  }

  @Override
  public int deviceCount() {
    call("deviceCount");
    return devices;
  }

  @Override
  public DeviceInfo device(int ordinal) {
    return new DeviceInfo(
        ordinal,
        "Fake " + ordinal,
        computeCapability,
        SMS,
        1L << 36,
        50 << 20,
        232_448,
        1_980_000,
        2_619_000,
        "999.01",
        "13.0");
  }

  @Override
  public long currentContext() {
    return current.get();
  }

  /** Contexts are numbered 0xC000 + device (primary) or 0xD000 + device (somebody's own). */
  @Override
  public int currentDevice() {
    needsContext("currentDevice");
    return (int) (current.get() & 0xFFF);
  }

  @Override
  public void setCurrentContext(long context) {
    call("setCurrentContext");
    current.set(context);
  }

  @Override
  public long retainPrimaryContext(int ordinal) {
    call("retainPrimaryContext");
    retained.merge((long) ordinal, 1, Integer::sum);
    return 0xC000 + ordinal;
  }

  @Override
  public void releasePrimaryContext(int ordinal) {
    call("releasePrimaryContext");
    retained.merge((long) ordinal, -1, Integer::sum);
  }

  @Override
  public void synchronize() {
    needsContext("synchronize");
  }

  @Override
  public long loadModule(byte[] cubin) {
    needsContext("loadModule");
    long module = handle();
    synchronized (modules) {
      modules.put(module, new String(cubin, StandardCharsets.ISO_8859_1));
    }
    return module;
  }

  @Override
  public void unloadModule(long module) {
    needsContext("unloadModule");
    if (modules.remove(module) == null) {
      throw CudaErrors.failed("unloadModule", 400, "CUDA_ERROR_INVALID_HANDLE", "no such module");
    }
  }

  @Override
  public long function(long module, String entry) {
    needsContext("function");
    long function = handle();
    functions.put(function, entry);
    return function;
  }

  @Override
  public FunctionInfo functionInfo(long function) {
    needsContext("functionInfo");
    return new FunctionInfo(40, 0, 1024, 384);
  }

  @Override
  public void allowDynamicSmem(long function, int bytes) {
    needsContext("allowDynamicSmem");
    dynamicSmem.put(function, bytes);
  }

  @Override
  public LinkResult link(byte[] ptx, String name, boolean lineInfo) {
    needsContext("link");
    return linker.apply(
        new LinkResult(
            FakeAssembler.elf(name),
            0,
            "info: 0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
                + "info: Used 168 registers, 16 bytes smem",
            ""));
  }

  @Override
  public void launch(
      long function, LaunchTemplate template, GemmOperands operands, long stream, boolean overlap) {
    if (layout != null) {
      layout.fill(template, operands);
      layout.config(stream, overlap);
      return;
    }
    needsContext("launch");
    launches.add(new Launch(function, template.bind(operands), stream, current.get(), overlap));
  }

  @Override
  public byte[] encode(TensorMap map) {
    call("encode");
    return new byte[128];
  }

  @Override
  public boolean isCapturing(long stream) {
    needsContext("isCapturing");
    return capturing.contains(stream);
  }

  @Override
  public long allocate(long bytes) {
    needsContext("allocate");
    long address = handle() << 20;
    memory.put(address, new byte[(int) bytes]);
    return address;
  }

  @Override
  public void free(long address) {
    needsContext("free");
    if (memory.remove(address) == null) {
      throw CudaErrors.failed("free", 1, "CUDA_ERROR_INVALID_VALUE", "not allocated");
    }
  }

  @Override
  public void upload(long address, ByteBuffer from) {
    needsContext("upload");
    long start = memory.floorKey(address);
    from.slice().get(memory.get(start), (int) (address - start), from.remaining());
  }

  @Override
  public void download(long address, ByteBuffer to) {
    needsContext("download");
    long start = memory.floorKey(address);
    to.slice().put(memory.get(start), (int) (address - start), to.remaining());
  }

  @Override
  public void fill(long address, byte value, long bytes, long stream) {
    needsContext("fill");
    long start = memory.floorKey(address);
    int from = (int) (address - start);
    java.util.Arrays.fill(memory.get(start), from, from + (int) bytes, value);
  }

  @Override
  public void copy(long from, long to, long bytes, long stream) {
    needsContext("copy");
    System.arraycopy(memory.get(from), 0, memory.get(to), 0, (int) bytes);
  }

  @Override
  public long createStream() {
    needsContext("createStream");
    long stream = handle();
    streams.add(stream);
    return stream;
  }

  @Override
  public void destroyStream(long stream) {
    needsContext("destroyStream");
    streams.remove(stream);
  }

  @Override
  public void synchronizeStream(long stream) {
    needsContext("synchronizeStream");
  }

  @Override
  public long createEvent() {
    needsContext("createEvent");
    long event = handle();
    events.add(event);
    return event;
  }

  @Override
  public void destroyEvent(long event) {
    needsContext("destroyEvent");
    events.remove(event);
  }

  @Override
  public void recordEvent(long event, long stream) {
    needsContext("recordEvent");
  }

  @Override
  public float elapsedMillis(long from, long to) {
    needsContext("elapsedMillis");
    return 0.25f;
  }

  @Override
  public void beginCapture(long stream) {
    needsContext("beginCapture");
    capturing.add(stream);
  }

  @Override
  public long endCapture(long stream) {
    needsContext("endCapture");
    capturing.remove(stream);
    long graph = handle();
    graphs.add(graph);
    return graph;
  }

  @Override
  public void launchGraph(long graph, long stream) {
    needsContext("launchGraph");
  }

  @Override
  public void destroyGraph(long graph) {
    needsContext("destroyGraph");
    graphs.remove(graph);
  }
}
