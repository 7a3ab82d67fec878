package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.driver.LaunchTemplate;
import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.SmallOperands;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.cuda.DriverVersion;
import dev.deepgemm.jit.internal.cuda.NvidiaDriver;
import dev.deepgemm.jit.kernel.AssemblerStatus;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.jit.kernel.ResourceUsage;
import dev.deepgemm.testkit.GpuTest;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Driver, assemblers, launch, tensor maps and graphs on a real device; small kernels of its own. */
@GpuTest
class OnGpuTest {
  private static final int THREADS = 64;
  private static final int GRID = 3;

  @TempDir Path folder;

  private Gpu gpu;

  @BeforeEach
  void open() {
    gpu = Gpu.open();
  }

  @AfterEach
  void close() {
    gpu.close();
  }

  private KernelCompiler compiler(String assembler) {
    Options options =
        Options.fromEnvironment()
            .with(Options.JIT_CACHE_DIR, folder.toString())
            .with(Options.JIT_ASSEMBLER, assembler);
    return KernelCompiler.create(options, () -> new Gpu.Search(Optional.of(gpu), Optional.empty()));
  }

  /** Loads a cubin and hands its function to a test. */
  private interface Body {
    void with(long function);
  }

  private void loaded(Cubin cubin, String entry, Body body) {
    long previous = gpu.context().enter();
    try {
      long module = gpu.driver().loadModule(cubin.bytes());
      try {
        body.with(gpu.driver().function(module, entry));
      } finally {
        gpu.synchronize();
        gpu.driver().unloadModule(module);
      }
    } finally {
      gpu.context().leave(previous);
    }
  }

  private static LaunchPlan fill(GpuBuffer out, int value) {
    return new LaunchPlan(
        GRID,
        THREADS,
        1,
        0,
        List.of(new KernelArg.Address(out.address()), new KernelArg.Int(value)));
  }

  private static int[] filled(int value) {
    int[] expected = new int[GRID * THREADS];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = value + i % THREADS + 1000 * (i / THREADS);
    }
    return expected;
  }

  @Test
  void device_describesItself() {
    DeviceInfo info = gpu.info();
    assertTrue(info.sms() > 0 && info.memoryBytes() > 1L << 30, info.toString());
    assertTrue(info.computeCapability().major() >= 9, info.toString());
    assertTrue(info.smemPerBlock() >= 227 * 1024, info.toString());
    assertNotEquals(DriverVersion.UNKNOWN, info.driverVersion());
  }

  @ParameterizedTest
  @ValueSource(strings = {"driver", "ptxas", "embedded", "nvjitlink", "linker"})
  void kernelOfEachAssembler_runs(String assembler) {
    KernelCompiler compiler = compiler(assembler);
    for (AssemblerStatus status : compiler.assemblers()) {
      assumeTrue(
          !status.id().equals(assembler) || status.available(),
          () -> status.id() + ": " + status.detail());
    }
    assumeTrue(gpu.info().computeCapability().major() == 9, "the test kernel's target is sm_90a");
    CompiledKernel compiled = compiler.compile(TestModules.fill());
    assertEquals(CacheTier.ASSEMBLED, compiled.tier());
    ResourceUsage usage = compiled.cubin().usage().orElseThrow();
    assertTrue(usage.registers() > 0 && !usage.spills(), usage.toString());
    loaded(
        compiled.cubin(),
        "fill",
        function -> {
          assertEquals(usage.registers(), gpu.driver().functionInfo(function).registers());
          try (GpuBuffer out = gpu.allocate(4 * GRID * THREADS)) {
            out.fill((byte) 0xFF);
            gpu.driver().launch(function, fill(out, 7), 0);
            assertArrayEquals(filled(7), out.download(new int[GRID * THREADS]));
          }
        });
    CompiledKernel again = compiler(assembler).compile(TestModules.fill());
    assertEquals(CacheTier.DISK, again.tier());
    assertArrayEquals(compiled.cubin().bytes(), again.cubin().bytes());
  }

  @Test
  void driver_isWhatIsChosen_whenNothingIsForced() {
    assumeTrue(gpu.info().computeCapability().major() == 9, "the test kernel's target is sm_90a");
    assertTrue(compiler("auto").compile(TestModules.fill()).assembler().startsWith("driver "));
  }

  @Test
  void wrongPtx_isRejectedByTheDriver_withItsLine() {
    assumeTrue(gpu.info().computeCapability().major() == 9, "the test kernel's target is sm_90a");
    PtxModule bad =
        TestModules.module("fill", TestModules.fill().text().replace("mov.u32 %r2", "mov.u99 %r2"));
    JitException e = assertThrows(JitException.class, () -> compiler("driver").compile(bad));
    assertEquals("DG-JIT-01", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("mov.u99 %r2, %tid.x;"), e.getMessage());
  }

  @Test
  void brokenImage_isRefused_withTheDriversWords() {
    CudaException e =
        assertThrows(
            CudaException.class,
            () -> gpu.context().run(() -> gpu.driver().loadModule(FakeAssembler.elf("broken"))));
    assertTrue(e.code() > 0, e.getMessage());
    assertTrue(e.getMessage().contains("cuModuleLoadData returned CUDA_ERROR_"), e.getMessage());
  }

  @Test
  void arrays_comeBack_asTheyWent() {
    float[] values = new float[3_000_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 0.5f;
    }
    try (GpuBuffer a = gpu.allocate(4L * values.length);
        GpuBuffer b = gpu.allocate(4L * values.length)) {
      a.upload(values);
      gpu.copy(a.address(), b.address(), a.bytes(), 0);
      gpu.synchronize();
      assertArrayEquals(values, b.download(new float[values.length]));
      assertTrue(Float.isNaN(b.fill((byte) 0xFF).download(new float[1])[0]));
    }
  }

  /** TMA reads what the encoded tensor map says, swizzles as the emulator does, and zero-fills. */
  @ParameterizedTest
  @EnumSource(TensorMap.Swizzle.class)
  void tensorMap_copiesItsBox(TensorMap.Swizzle swizzle) {
    assumeTrue(gpu.info().computeCapability().major() == 9, "the test kernel's target is sm_90a");
    // The box of the kernel is 4096 bytes, whatever its width.
    int width = swizzle == TensorMap.Swizzle.NONE ? 64 : swizzle.bytes() / 2;
    int height = 2048 / width;
    int rows = 300;
    int columns = 200;
    int stride = 208; // elements; 416 bytes, a multiple of 16
    short[] host = new short[rows * stride];
    for (int i = 0; i < host.length; i++) {
      host[i] = (short) (i * 2654435761L >>> 7 | 1);
    }
    int x = columns - width / 2; // half of the box is outside
    int y = rows - height + Math.min(3, height - 1); // some of its rows are
    CompiledKernel compiled = compiler("driver").compile(TestModules.tma());
    try (GpuBuffer tensor = gpu.allocate(2L * host.length);
        GpuBuffer out = gpu.allocate(4096)) {
      tensor.upload(host);
      out.fill((byte) 0xFF);
      TensorMap map =
          TensorMap.builder(TensorMap.Element.BF16)
              .address(tensor.address())
              .dim((long) columns)
              .dim((long) rows, 2L * stride)
              .box(width, height)
              .swizzle(swizzle)
              .l2Promotion(256)
              .build();
      LaunchPlan plan =
          new LaunchPlan(
              1,
              THREADS,
              1,
              0,
              List.of(
                  new KernelArg.Map(map),
                  new KernelArg.Address(out.address()),
                  new KernelArg.Int(x),
                  new KernelArg.Int(y)));
      loaded(compiled.cubin(), "tma", function -> gpu.driver().launch(function, plan, 0));
      short[] expected = new short[2048];
      for (int row = 0; row < height; row++) {
        for (int column = 0; column < width; column++) {
          boolean inside = x + column < columns && y + row < rows;
          short value = inside ? host[(y + row) * stride + x + column] : 0;
          expected[swizzled(swizzle, 2 * (row * width + column)) / 2] = value;
        }
      }
      assertArrayEquals(expected, out.download(new short[2048]));
    }
  }

  @Test
  void tensorMap_withAnotherAddress_isTheOneEncodedThere() {
    try (GpuBuffer memory = gpu.allocate(1 << 20)) {
      TensorMap here = plain(memory.address());
      TensorMap there = plain(memory.address() + 4096);
      LaunchPlan plan =
          new LaunchPlan(1, 32, 1, 0, List.of(KernelArg.Map.of(plain(16), OperandRole.A)));
      LaunchTemplate template = LaunchTemplate.of(plan, SmallOperands.at(16, 32, 48));
      assertArrayEquals(
          gpu.encode(here), mapOf(template, here.address()), "encoded where it was first used");
      assertArrayEquals(gpu.encode(there), mapOf(template, there.address()), "moved");
    }
  }

  private static TensorMap plain(long address) {
    return TensorMap.builder(TensorMap.Element.U8)
        .address(address)
        .dim(200L)
        .dim(40L, 208L)
        .box(128, 16)
        .swizzle(TensorMap.Swizzle.B128)
        .l2Promotion(256)
        .build();
  }

  /** The tensor map as a kernel would get it. */
  private byte[] mapOf(LaunchTemplate template, long address) {
    return ((NvidiaDriver) gpu.driver()).firstArgument(template, SmallOperands.at(address, 32, 48));
  }

  /** The 16-byte chunk's index within the pattern's width, XOR the index of the 128-byte line. */
  private static int swizzled(TensorMap.Swizzle swizzle, int offset) {
    int mask =
        switch (swizzle) {
          case NONE -> 0;
          case B32 -> 1;
          case B64 -> 3;
          case B128 -> 7;
        };
    // 32 bytes: bit 4 with bit 7; 64: bits 4-5 with 7-8; 128: bits 4-6 with 7-9.
    return offset ^ ((offset >> 7 & mask) << 4);
  }

  @Test
  void graph_replays_whatWasCaptured_andCaptureRefusesLoading() {
    assumeTrue(gpu.info().computeCapability().major() == 9, "the test kernel's target is sm_90a");
    CompiledKernel compiled = compiler("driver").compile(TestModules.fill());
    long stream = gpu.createStream();
    try (GpuBuffer out = gpu.allocate(4 * GRID * THREADS)) {
      out.fill((byte) 0xFF);
      loaded(
          compiled.cubin(),
          "fill",
          function -> {
            try (GpuGraph graph =
                gpu.capture(
                    stream,
                    () -> {
                      assertTrue(gpu.isCapturing(stream));
                      gpu.driver().launch(function, fill(out, 11), stream);
                    })) {
              assertEquals(-1, out.download(new int[1])[0], "capturing runs nothing");
              graph.launch(stream);
              gpu.synchronize(stream);
              assertArrayEquals(filled(11), out.download(new int[GRID * THREADS]));
              assertTrue(gpu.timeMicros(stream, () -> graph.launch(stream)) > 0);
            }
          });
    } finally {
      gpu.destroyStream(stream);
    }
  }

  /** {@code prepare()} in one place must not break a capture that somebody else has begun. */
  @Test
  void moduleLoad_doesNotBreak_aCapture() {
    assumeTrue(gpu.info().computeCapability().major() == 9, "the test kernel's target is sm_90a");
    Cubin cubin = compiler("driver").compile(TestModules.fill()).cubin();
    long stream = gpu.createStream();
    long[] module = new long[1];
    try {
      gpu.capture(stream, () -> module[0] = gpu.driver().loadModule(cubin.bytes())).close();
      gpu.context().run(() -> gpu.driver().unloadModule(module[0]));
    } finally {
      gpu.destroyStream(stream);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {300_000, 2_000_000_000})
  void impossibleLaunch_saysWhatWasAsked(int smem) {
    assumeTrue(gpu.info().computeCapability().major() == 9, "the test kernel's target is sm_90a");
    CompiledKernel compiled = compiler("driver").compile(TestModules.fill());
    loaded(
        compiled.cubin(),
        "fill",
        function -> {
          LaunchPlan plan =
              new LaunchPlan(
                  1, THREADS, 1, smem, List.of(new KernelArg.Address(0), new KernelArg.Int(0)));
          CudaException e =
              assertThrows(CudaException.class, () -> gpu.driver().launch(function, plan, 0));
          assertEquals("DG-CUDA-01", e.problems().get(0).id());
          assertTrue(e.getMessage().contains(smem + " B"), e.getMessage());
        });
  }

  @Test
  void secondOpening_adoptsTheCurrentContext() {
    long previous = gpu.context().enter();
    try (Gpu second = Gpu.open(OptionalInt.of(gpu.info().ordinal()))) {
      try (GpuBuffer buffer = gpu.allocate(16)) {
        buffer.upload(new int[] {1, 2, 3, 4});
        second.fill(buffer.address(), (byte) 0, 16, 0);
        second.synchronize();
        assertArrayEquals(new int[4], buffer.download(new int[4]));
      }
    } finally {
      gpu.context().leave(previous);
    }
  }
}
