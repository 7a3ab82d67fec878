package dev.deepgemm.jit;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.DeviceMatrix;
import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.KernelArg;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.LaunchPlan;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.PtxModule;
import dev.deepgemm.api.SmemUsage;
import dev.deepgemm.api.Swizzles;
import dev.deepgemm.api.ThreadRoles;
import dev.deepgemm.api.Tile;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** The smallest architecture with kernels: two tiles, PTX that is a comment, BF16 out only. */
class TinyArch implements ArchSpec, KernelProvider {
  /** Last argument of a launch with a constant B. */
  static final int CONSTANT_B = 77;

  final AtomicInteger emitted = new AtomicInteger();
  boolean awaits = true;
  final String id;

  TinyArch(String id) {
    this.id = id;
  }

  TinyArch() {
    this("tiny");
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public String target() {
    return "sm_90a";
  }

  @Override
  public ComputeCapability computeCapability() {
    return new ComputeCapability(9, 0);
  }

  @Override
  public int smemCapacity() {
    return 232_448;
  }

  @Override
  public int defaultNumSms() {
    return 100;
  }

  @Override
  public List<Problem> unsupported(GemmDesc desc) {
    return List.of();
  }

  @Override
  public int blockK(GemmDesc desc) {
    return 64;
  }

  @Override
  public List<Integer> blockMs(GemmDesc desc) {
    return List.of(64, 128);
  }

  @Override
  public List<Integer> blockNs(GemmDesc desc) {
    return List.of(128);
  }

  @Override
  public Legality tile(GemmDesc desc, Tile tile) {
    return Legality.legal();
  }

  @Override
  public Legality stages(GemmDesc desc, Tile tile, int stages) {
    return Legality.of(stages <= 4, "4 at most");
  }

  @Override
  public Legality multicast(GemmDesc desc, Tile tile, Multicast side, int numSms) {
    return Legality.illegal("none");
  }

  @Override
  public Tile loadedTile(Tile tile, Multicast multicast) {
    return tile;
  }

  @Override
  public boolean swizzlesD(GemmDesc desc) {
    return false;
  }

  @Override
  public SmemUsage smem(GemmDesc desc, Tile tile, Tile loaded, Swizzles swizzles) {
    return new SmemUsage(0, tile.m() * tile.n() * 2, 1024, 1024, 0, 0, 0, 16, 0, 0);
  }

  @Override
  public ThreadRoles threads(GemmDesc desc, Tile tile) {
    return ThreadRoles.producerConsumer(128, 128);
  }

  @Override
  public Optional<KernelProvider> kernels() {
    return Optional.of(this);
  }

  @Override
  public Legality supports(GemmDesc desc) {
    return Legality.of(desc.cdType() != DataType.FP32, "BF16 out only");
  }

  @Override
  public Legality canEmit(KernelSpec spec) {
    return Legality.legal();
  }

  @Override
  public PtxModule emit(KernelSpec spec) {
    emitted.incrementAndGet();
    return new PtxModule("// " + spec.id(), spec.id(), target(), 256, 1, List.of());
  }

  @Override
  public List<Problem> check(GemmDesc desc, GemmOperands operands) {
    List<Problem> problems = new ArrayList<>();
    if (operands.a().address() % 16 != 0) {
      problems.add(Problem.of("DG-ARG-01", "a is 0x%x", operands.a().address()));
    }
    if (operands.b().address() % 16 != 0) {
      problems.add(Problem.of("DG-ARG-01", "b is 0x%x", operands.b().address()));
    }
    return problems;
  }

  @Override
  public boolean awaitsPreviousGrid() {
    return awaits;
  }

  @Override
  public LaunchPlan plan(GemmConfig config, GemmOperands operands) {
    List<KernelArg> args = new ArrayList<>();
    args.add(new KernelArg.Int(config.desc().m()));
    for (DeviceMatrix matrix :
        Arrays.asList(operands.a(), operands.b(), operands.d(), operands.sfa(), operands.sfb())) {
      if (matrix != null) {
        args.add(new KernelArg.Address(matrix.address()));
        args.add(new KernelArg.Int((int) matrix.stride()));
      }
    }
    if (operands.constantB()) {
      args.add(new KernelArg.Int(CONSTANT_B));
    }
    return new LaunchPlan(config.numSms(), 256, 1, config.smemBytes(), args);
  }
}
