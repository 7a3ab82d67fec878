package org.example.sm80;

import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.ptx.ampere.SwizzledTile;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The one kernel of this plugin, for every tile that its spec calls legal. */
final class Sm80Kernels implements KernelProvider {
  private static final Swizzles SWIZZLES =
      new Swizzles(SwizzledTile.ROW_BYTES, SwizzledTile.ROW_BYTES, 0);

  private static final Set<OperandRole> ROLES = Set.of(OperandRole.A, OperandRole.B, OperandRole.D);

  /** Bytes that one copy moves; rows of A and B start at multiples of it. */
  private static final int COPY = 16;

  /** Columns of D that one thread stores at once. */
  private static final int PAIR = 2;

  private final Sm80Spec arch;

  Sm80Kernels(Sm80Spec arch) {
    this.arch = arch;
  }

  @Override
  public Legality supports(Signature signature) {
    List<Problem> unsupported = arch.unsupported(signature);
    if (!unsupported.isEmpty()) {
      return Legality.illegal("%s", unsupported);
    }
    if (signature.kind() != GemmKind.NORMAL) {
      return Legality.illegal("no kernel for %s; there is one for NORMAL", signature.kind());
    }
    return Legality.of(!signature.accumulate(), "no kernel that accumulates into D");
  }

  @Override
  public Legality canEmit(KernelSpec spec) {
    if (!spec.arch().equals(arch.id())) {
      return Legality.illegal("a kernel of %s; this is %s", spec.arch(), arch.id());
    }
    Signature signature = spec.signature();
    Tile tile = spec.tile();
    Legality supported = supports(signature);
    if (!supported.isLegal()) {
      return supported;
    }
    boolean configured =
        tile.k() == arch.blockK(signature)
            && arch.blockMs(signature).contains(tile.m())
            && arch.blockNs(signature).contains(tile.n())
            && arch.tile(signature, tile).isLegal()
            && arch.teams(signature, tile).contains(spec.team())
            && spec.swizzles().equals(SWIZZLES)
            && spec.multicast() == Multicast.NONE;
    if (!configured) {
      return Legality.illegal("not a combination that this plugin configures: %s", spec);
    }
    Legality stages = arch.stages(signature, tile, spec.stages());
    if (!stages.isLegal()) {
      return stages;
    }
    int bytes = arch.smem(signature, tile).total(spec.stages());
    return bytes <= arch.smemCapacity()
        ? Legality.legal()
        : Legality.illegal("%,d bytes of shared memory; there are %,d", bytes, arch.smemCapacity());
  }

  @Override
  public PtxModule emit(KernelSpec spec) {
    Legality legality = canEmit(spec);
    if (!legality.isLegal()) {
      throw new UnsupportedGemmException(
          Problem.of("DG-AMP-02", "cannot emit %s: %s", spec.id(), legality.reason()));
    }
    return new GemmEmitter(spec).emit(arch.target());
  }

  @Override
  public List<Problem> check(GemmDesc desc, GemmOperands operands) {
    List<Problem> found = new ArrayList<>();
    int ab = COPY / desc.aType().bytes();
    check(found, "a", operands.a(), desc.k(), ab);
    check(found, "b", operands.b(), desc.k(), ab);
    check(found, "d", operands.d(), desc.n(), PAIR);
    for (OperandRole role : operands.roles()) {
      if (!ROLES.contains(role)) {
        found.add(
            Problem.of(
                "DG-AMP-05", "%s is given, and no kernel reads it: leave it out", role.label()));
      }
    }
    return found;
  }

  private static void check(
      List<Problem> found, String name, DeviceMatrix matrix, int columns, int step) {
    if (matrix.address() == 0 || matrix.address() % COPY != 0) {
      found.add(
          Problem.of(
              "DG-AMP-03",
              "address of %s is 0x%x; legal: a multiple of %d, not null",
              name,
              matrix.address(),
              COPY));
    }
    if (matrix.stride() < columns
        || matrix.stride() > Integer.MAX_VALUE / Float.BYTES
        || matrix.stride() % step != 0) {
      found.add(
          Problem.of(
              "DG-AMP-04",
              "stride of %s is %,d elements; legal: multiples of %d from %,d on",
              name,
              matrix.stride(),
              step,
              columns));
    }
  }

  @Override
  public LaunchPlan plan(GemmConfig config, GemmOperands operands) {
    GemmDesc desc = config.desc();
    InvalidGemmException.throwIfAny(check(desc, operands));
    Tile tile = config.kernel().tile();
    int nBlocks = cdiv(desc.n(), tile.n());
    int tiles = Math.multiplyExact(cdiv(desc.m(), tile.m()), nBlocks);
    List<KernelArg> args =
        List.of(
            KernelArg.Address.of(operands, OperandRole.A),
            KernelArg.Address.of(operands, OperandRole.B),
            KernelArg.Address.of(operands, OperandRole.D),
            rowBytes(operands.a(), desc.aType()),
            rowBytes(operands.b(), desc.aType()),
            rowBytes(operands.d(), desc.dType()),
            new KernelArg.Int(desc.m()),
            new KernelArg.Int(desc.n()),
            new KernelArg.Int(desc.k()),
            new KernelArg.Int(nBlocks),
            new KernelArg.Int(cdiv(desc.k(), tile.k())),
            new KernelArg.Int(tiles));
    int threads = config.kernel().threads().total();
    return new LaunchPlan(config.numSms(), threads, 1, config.smemBytes(), args);
  }

  private static KernelArg rowBytes(DeviceMatrix matrix, DataType type) {
    return new KernelArg.Int(Math.toIntExact(matrix.stride() * type.bytes()));
  }
}
