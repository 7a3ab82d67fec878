package dev.deepgemm.testkit.doubles;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.driver.CudaDriver;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.driver.DriverErrors;
import dev.deepgemm.driver.LaunchTemplate;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * A driver without a device, for tests on machines that have none: one device of compute capability
 * 9.0 with 132 SMs and 256 MiB. It keeps the books that the real one keeps (contexts per thread,
 * modules, memory, streams, captures) and complains as the real one does. Memory holds what is copied
 * to it. Launches compute nothing, and what it links is a header with a name behind it. Safe for use by
 * several threads.
 */
public class SimulatedDriver implements CudaDriver {
  /** Streaming multiprocessors of its device. */
  public static final int SMS = 132;

  /** So little that tests of what happens without memory need no more of their own. */
  private static final long MEMORY_BYTES = 256 << 20;

  private final Map<Long, String> modules = new ConcurrentSkipListMap<>();
  private final Map<Long, String> functions = new ConcurrentSkipListMap<>();
  private final Map<Long, Integer> dynamicSmem = new ConcurrentSkipListMap<>();
  private final Map<Long, Integer> retained = new ConcurrentSkipListMap<>();
  private final NavigableMap<Long, byte[]> memory = new ConcurrentSkipListMap<>();
  private final Set<Long> capturing = ConcurrentHashMap.newKeySet();
  private final Set<Long> streams = ConcurrentHashMap.newKeySet();
  private final Set<Long> events = ConcurrentHashMap.newKeySet();
  private final Set<Long> graphs = ConcurrentHashMap.newKeySet();

  private final ThreadLocal<Long> current = ThreadLocal.withInitial(() -> 0L);
  private long next = 0x1000;
  private long allocated;

  /** A driver with one device, whose books are empty. */
  public SimulatedDriver() {}

  /** Loaded modules, and what each was loaded from, byte by byte as ISO 8859-1. */
  public Map<Long, String> modules() {
    return Collections.unmodifiableMap(modules);
  }

  /** Functions that were looked up, and their names. */
  public Map<Long, String> functions() {
    return Collections.unmodifiableMap(functions);
  }

  /** The dynamic shared memory that functions were allowed, bytes. */
  public Map<Long, Integer> dynamicSmem() {
    return Collections.unmodifiableMap(dynamicSmem);
  }

  /** How many hold the primary context of a device. */
  public int retained(int ordinal) {
    return retained.getOrDefault((long) ordinal, 0);
  }

  /** Addresses of allocated memory. */
  public Set<Long> allocations() {
    return Collections.unmodifiableSet(memory.keySet());
  }

  /** Streams in capture; a test may put in those that somebody else captures. */
  public Set<Long> capturing() {
    return capturing;
  }

  /** Streams that were created and not destroyed. */
  public Set<Long> streams() {
    return Collections.unmodifiableSet(streams);
  }

  /** Events that were created and not destroyed. */
  public Set<Long> events() {
    return Collections.unmodifiableSet(events);
  }

  /** Graphs that were captured and not destroyed. */
  public Set<Long> graphs() {
    return Collections.unmodifiableSet(graphs);
  }

  private static CudaException invalidValue(String call, String text) {
    return DriverErrors.failed(call, DriverErrors.INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", text);
  }

  /** Complains unless there is a living context. */
  private void needsContext(String name) {
    if (current.get() == 0) {
      throw DriverErrors.failed(
          name, DriverErrors.INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "no current context");
    }
    // A primary context that nobody holds is dead, and stays current where it was. As seen with
    // driver 580.159, which still tells the device of a dead one.
    boolean primary = (current.get() & ~0xFFF) == 0xC000;
    if (primary
        && retained.getOrDefault(current.get() & 0xFFF, 0) == 0
        && !name.equals("currentDevice")) {
      throw DriverErrors.failed(
          name, 709, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed");
    }
  }

  /** The bytes from an address on, of the allocation that it lies in. */
  private ByteBuffer at(String call, long address, long bytes) {
    Map.Entry<Long, byte[]> found = memory.floorEntry(address);
    if (found == null || address - found.getKey() + bytes > found.getValue().length) {
      throw invalidValue(call, bytes + " bytes at 0x" + Long.toHexString(address));
    }
    return ByteBuffer.wrap(found.getValue(), (int) (address - found.getKey()), (int) bytes).slice();
  }

  private synchronized long handle() {
    next += 0x100;
    return next;
  }

  @Override
  public String version() {
    return "0 (CUDA 0.0), simulated";
  }

  @Override
  public int deviceCount() {
    return 1;
  }

  @Override
  public DeviceInfo device(int ordinal) {
    return DeviceInfo.builder(ordinal, "Simulated device " + ordinal, new ComputeCapability(9, 0))
        .sms(SMS)
        .memoryBytes(MEMORY_BYTES)
        .l2Bytes(50 << 20)
        .smemPerBlock(232_448)
        .clockKhz(1_980_000)
        .memoryClockKhz(2_619_000)
        .versions("unknown", "0.0")
        .build();
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
    current.set(context);
  }

  @Override
  public long retainPrimaryContext(int ordinal) {
    retained.merge((long) ordinal, 1, Integer::sum);
    return 0xC000L + ordinal;
  }

  @Override
  public void releasePrimaryContext(int ordinal) {
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
    modules.put(module, new String(cubin, StandardCharsets.ISO_8859_1));
    return module;
  }

  @Override
  public void unloadModule(long module) {
    needsContext("unloadModule");
    if (modules.remove(module) == null) {
      throw DriverErrors.failed(
          "unloadModule",
          DriverErrors.INVALID_HANDLE,
          "CUDA_ERROR_INVALID_HANDLE",
          "no such module");
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
    byte[] entry = name.getBytes(StandardCharsets.UTF_8);
    byte[] elf = Arrays.copyOf(new byte[] {0x7F, 'E', 'L', 'F'}, 64 + entry.length);
    System.arraycopy(entry, 0, elf, 64, entry.length);
    return new LinkResult(
        elf,
        0,
        "info: 0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
            + "info: Used 168 registers, 16 bytes smem",
        "");
  }

  @Override
  public void launch(
      long function, LaunchTemplate template, GemmOperands operands, long stream, boolean overlap) {
    needsContext("launch");
    if (!functions.containsKey(function)) {
      throw DriverErrors.failed(
          "launch", DriverErrors.INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "no such function");
    }
  }

  @Override
  public byte[] encode(TensorMap map) {
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
    synchronized (memory) {
      if (bytes > MEMORY_BYTES - allocated) {
        throw DriverErrors.failed(
            "allocate", DriverErrors.OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory");
      }
      allocated += bytes;
    }
    long address = handle() << 20;
    memory.put(address, new byte[(int) bytes]);
    return address;
  }

  @Override
  public void free(long address) {
    needsContext("free");
    byte[] freed = memory.remove(address);
    if (freed == null) {
      throw invalidValue("free", "not allocated");
    }
    synchronized (memory) {
      allocated -= freed.length;
    }
  }

  @Override
  public void upload(long address, ByteBuffer from) {
    needsContext("upload");
    at("upload", address, from.remaining()).put(from.slice());
  }

  @Override
  public void download(long address, ByteBuffer to) {
    needsContext("download");
    to.slice().put(at("download", address, to.remaining()));
  }

  @Override
  public void fill(long address, byte value, long bytes, long stream) {
    needsContext("fill");
    ByteBuffer target = at("fill", address, bytes);
    while (target.hasRemaining()) {
      target.put(value);
    }
  }

  @Override
  public void copy(long from, long to, long bytes, long stream) {
    needsContext("copy");
    at("copy", to, bytes).put(at("copy", from, bytes));
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
