package dev.deepgemm.kernels.feed;

import dev.deepgemm.api.Major;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.api.launch.TensorMap.Swizzle;
import dev.deepgemm.kernels.launch.Extent;
import dev.deepgemm.kernels.launch.KernelArguments;
import dev.deepgemm.kernels.launch.Launch;
import dev.deepgemm.kernels.launch.OperandRule;
import dev.deepgemm.kernels.launch.OperandRules;
import dev.deepgemm.kernels.launch.TensorMaps;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Param;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.TensorMapAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.smem.SmemDescriptor;
import dev.deepgemm.ptx.smem.SmemRegion;
import dev.deepgemm.ptx.sync.Mbarrier;
import dev.deepgemm.ptx.tma.TensorBox;
import dev.deepgemm.ptx.tma.Tma;
import java.util.function.Consumer;

/**
 * An operand of the product on its way through the slots: how it lies in global memory, which boxes of it fill
 * a slot, and how wgmma finds it there.
 *
 * <p><b>K-major</b> (stored [mn, k]): a slot is one box, as many rows as the tile has and 128 bytes of k wide.
 *
 * <p><b>MN-major</b> (stored [k, mn]): a box is as wide as the swizzle along mn, 128 bytes where the tile's
 * extent allows, and as high as the slot has k; a slot is as many of them as the tile is wide ({@link
 * SmemDescriptor} has the picture).
 *
 * <p><b>Shared</b> by the CTAs of a pair, an operand is fetched in halves. Each CTA fetches its half and
 * multicasts it to both, so the load is balanced, and both expect the bytes of the whole tile. K-major halves
 * are rows; MN-major halves are k, whatever the tile's extent. Where a pair does not share (the odd last row,
 * see {@link dev.deepgemm.kernels.work.TileScheduler}), each CTA fetches both halves for itself; the boxes
 * stay the same, so one tensor map does for both.
 */
public final class MatrixFeed {
  private static final int BOTH_CTAS = 0b11;

  private final OperandRole role;
  private final Signature.Input input;
  private final Extent mn;
  private final int extent;
  private final int blockK;
  private final int line;
  private final boolean shared;
  private final Param.Map map;

  private MatrixFeed(KernelSpec spec, OperandRole role, Multicast side, KernelArguments arguments) {
    boolean isA = role == OperandRole.A;
    this.role = role;
    this.input = isA ? spec.signature().a() : spec.signature().b();
    this.mn = isA ? Extent.M : Extent.N;
    this.extent = isA ? spec.tile().m() : spec.tile().n();
    this.blockK = spec.tile().k();
    this.line = isA ? spec.swizzles().a() : spec.swizzles().b();
    this.shared = spec.multicast() == side;
    this.map = arguments.map("map_" + role.label(), role, this::hostMap);
  }

  /** The left operand. */
  public static MatrixFeed ofA(KernelSpec spec, KernelArguments arguments) {
    return new MatrixFeed(spec, OperandRole.A, Multicast.ON_A, arguments);
  }

  /** The right operand. */
  public static MatrixFeed ofB(KernelSpec spec, KernelArguments arguments) {
    return new MatrixFeed(spec, OperandRole.B, Multicast.ON_B, arguments);
  }

  /** What an operand of a signature has to be. */
  public static OperandRule rule(Signature signature, OperandRole role) {
    Signature.Input input = role == OperandRole.A ? signature.a() : signature.b();
    String mn = role == OperandRole.A ? "m" : "n";
    boolean kMajor = input.major() == Major.K;
    Extent contiguous = kMajor ? Extent.K : role == OperandRole.A ? Extent.M : Extent.N;
    String layout =
        kMajor ? "[" + mn + ", k], k contiguous" : "[k, " + mn + "], " + mn + " contiguous";
    return OperandRules.tma(role, input.type(), contiguous, input.type() + " " + layout);
  }

  private boolean isKMajor() {
    return input.major() == Major.K;
  }

  private int halves() {
    return shared ? 2 : 1;
  }

  private int lineElements() {
    return line / input.type().bytes();
  }

  private TensorMap hostMap(Launch launch) {
    DeviceMatrix matrix = launch.operands().require(role);
    int rows = mn.of(launch.desc());
    int k = launch.desc().k();
    return isKMajor()
        ? TensorMaps.matrix(input.type(), matrix, k, rows).box(blockK, extent / halves(), line)
        : TensorMaps.matrix(input.type(), matrix, rows, k)
            .box(lineElements(), blockK / halves(), line);
  }

  /** Asks for the tensor map. */
  public void prefetchMap(Code code) {
    Tma.prefetch(code, code.addressOf(map));
  }

  /** The producer's side: fills slots of a region. */
  public Loader loader(Cta cta, SmemRegion region) {
    return loader(cta.code(), cta.base(), region);
  }

  /**
   * The same for a kernel that is not made of warpgroups.
   *
   * @param base address of shared memory
   */
  public Loader loader(Code code, SmemAddress base, SmemRegion region) {
    return new Loader(code, base, region, code.addressOf(map));
  }

  /**
   * The consumers' side: the operand in the first slot.
   *
   * @param start of the rows (or columns) that are read from
   */
  public SmemDescriptor descriptor(Code code, SmemAddress start) {
    Swizzle swizzle = Swizzle.ofBytes(line);
    return isKMajor()
        ? SmemDescriptor.kMajor(code, start, input.type(), swizzle)
        : SmemDescriptor.mnMajor(code, start, input.type(), swizzle, blockK);
  }

  /** Fills slots. */
  public final class Loader {
    private final Code code;
    private final SmemAddress base;
    private final SmemRegion region;
    private final TensorMapAddress address;

    private Loader(Code code, SmemAddress base, SmemRegion region, TensorMapAddress address) {
      this.code = code;
      this.base = base;
      this.region = region;
      this.address = address;
    }

    /**
     * Fetches one slot's worth.
     *
     * @param first row of A, or of B as [n, k], with which the tile begins
     * @param rank of this CTA among those that share the operand
     */
    public void load(U32 first, U32 rank, Step step) {
      Mbarrier barrier = step.to().barrier();
      SmemAddress slot = region.at(code, base, step.to().slot());
      if (!shared || step.pairShares() == null) {
        boxes(slot, first, step.k(), box -> Tma.load(code, box.at, box.box, barrier));
        return;
      }
      code.choose(
          step.pairShares(),
          () -> {
            SmemAddress mine = code.mad(rank, halfBytes(), slot);
            U32 myPart = code.mad(rank, halfExtent(), isKMajor() ? first : step.k());
            half(
                mine,
                first,
                step.k(),
                myPart,
                box -> Tma.loadMulticast(code, box.at, box.box, barrier, BOTH_CTAS));
          },
          () -> {
            SmemAddress second = code.add(slot, halfBytes());
            boxes(slot, first, step.k(), box -> Tma.load(code, box.at, box.box, barrier));
            U32 part = code.add(isKMajor() ? first : step.k(), halfExtent());
            half(second, first, step.k(), part, box -> Tma.load(code, box.at, box.box, barrier));
          });
    }

    /** Bytes from a half to the other one. */
    private int halfBytes() {
      return isKMajor() ? region.stride() / 2 : blockK / 2 * line;
    }

    /** Rows, or elements of k, from a half to the other one. */
    private int halfExtent() {
      return (isKMajor() ? extent : blockK) / 2;
    }

    private void half(SmemAddress at, U32 first, U32 k, U32 part, Consumer<PlacedBox> copy) {
      boxes(at, isKMajor() ? part : first, isKMajor() ? k : part, copy);
    }

    /** The boxes of a slot, or of half of it: their shape is that of the tensor map. */
    private void boxes(SmemAddress at, U32 first, U32 k, Consumer<PlacedBox> copy) {
      if (isKMajor()) {
        copy.accept(new PlacedBox(at, TensorBox.of(address, k, first)));
        return;
      }
      for (int i = 0; i < extent / lineElements(); i++) {
        SmemAddress place = i == 0 ? at : code.add(at, i * blockK * line);
        U32 column = i == 0 ? first : code.add(first, i * lineElements());
        copy.accept(new PlacedBox(place, TensorBox.of(address, column, k)));
      }
    }
  }

  private record PlacedBox(SmemAddress at, TensorBox box) {}
}
