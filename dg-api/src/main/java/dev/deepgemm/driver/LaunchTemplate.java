package dev.deepgemm.driver;

import dev.deepgemm.api.DeviceMatrix;
import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.KernelArg;
import dev.deepgemm.api.LaunchPlan;
import dev.deepgemm.api.TensorMap;
import dev.deepgemm.spi.KernelProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A launch whose addresses are still open.
 *
 * <p>A plan is a dozen records and lists, and building one costs more than the launch itself. But from call
 * to call only addresses change, so the plan is made once per problem and strides, with made-up addresses
 * that can be recognised in it; an argument that carries one becomes "operand so-and-so, so many bytes
 * further". Filling in the real ones needs no memory and no knowledge of the kernel.
 *
 * <p>That a provider's plan depends on addresses in no other way is not taken on trust: it is asked for a
 * second plan at other made-up addresses, and unless filling in the template gives the very same one, the
 * launch stays {@linkplain #isOpen closed}: made for one call.
 *
 * <p>Safe for use by several threads.
 */
public final class LaunchTemplate {
  /** Made-up addresses: operands lie so far apart that no offset within one reaches the next. */
  private static final long APART = 1L << 44;

  private static final int OPERANDS = 5;
  private static final int CONSTANT = -1;

  private final LaunchPlan plan;
  private final @Nullable GemmOperands strides;
  private final int[] operand;
  private final long[] offset;
  private final byte[][] encoded;

  private LaunchTemplate(
      LaunchPlan plan, @Nullable GemmOperands strides, int[] operand, long[] offset) {
    this.plan = plan;
    this.strides = strides;
    this.operand = operand;
    this.offset = offset;
    this.encoded = new byte[plan.args().size()][];
  }

  /** The launch of operands that were checked; open if the provider's plan allows it. */
  public static LaunchTemplate of(
      KernelProvider provider, GemmConfig config, GemmOperands operands) {
    GemmOperands first = placed(operands, APART, APART);
    LaunchPlan plan = provider.plan(config, first);
    int count = plan.args().size();
    int[] operand = new int[count];
    long[] offset = new long[count];
    for (int i = 0; i < count; i++) {
      long address = addressOf(plan.args().get(i));
      operand[i] = operandAt(first, address);
      offset[i] = operand[i] == CONSTANT ? 0 : address - address(first, operand[i]);
    }
    LaunchTemplate template = new LaunchTemplate(plan, first, operand, offset);
    GemmOperands second = placed(operands, 11 * APART, 2 * APART);
    return template.bind(second).equals(provider.plan(config, second))
        ? template
        : fixed(provider.plan(config, operands));
  }

  /** A launch as it is. */
  public static LaunchTemplate fixed(LaunchPlan plan) {
    int[] operand = new int[plan.args().size()];
    Arrays.fill(operand, CONSTANT);
    return new LaunchTemplate(plan, null, operand, new long[operand.length]);
  }

  private static GemmOperands placed(GemmOperands operands, long first, long apart) {
    return new GemmOperands(
        Objects.requireNonNull(moved(operands.a(), first)),
        Objects.requireNonNull(moved(operands.b(), first + apart)),
        Objects.requireNonNull(moved(operands.d(), first + 2 * apart)),
        moved(operands.sfa(), first + 3 * apart),
        moved(operands.sfb(), first + 4 * apart),
        operands.constantB());
  }

  private static @Nullable DeviceMatrix moved(@Nullable DeviceMatrix matrix, long address) {
    return matrix == null ? null : new DeviceMatrix(address, matrix.stride());
  }

  private static int operandAt(GemmOperands operands, long address) {
    for (int i = 0; i < OPERANDS; i++) {
      DeviceMatrix matrix = matrix(operands, i);
      if (matrix != null && address >= matrix.address() && address - matrix.address() < APART) {
        return i;
      }
    }
    return CONSTANT;
  }

  private static long addressOf(KernelArg arg) {
    if (arg instanceof KernelArg.Map map) {
      return map.map().address();
    }
    return arg instanceof KernelArg.Address address ? address.value() : 0;
  }

  private static @Nullable DeviceMatrix matrix(GemmOperands operands, int which) {
    return switch (which) {
      case 0 -> operands.a();
      case 1 -> operands.b();
      case 2 -> operands.d();
      case 3 -> operands.sfa();
      default -> operands.sfb();
    };
  }

  private static long address(GemmOperands operands, int which) {
    DeviceMatrix matrix = matrix(operands, which);
    return matrix == null ? 0 : matrix.address();
  }

  /** Whether it may serve other calls too. */
  public boolean isOpen() {
    return strides != null;
  }

  /**
   * Whether a call with these operands is this launch, addresses aside.
   *
   * @param constantB whether B is constant in this call, whatever the operands say
   */
  public boolean fits(GemmOperands operands, boolean constantB) {
    GemmOperands own = strides;
    return own != null
        && own.a().stride() == operands.a().stride()
        && own.b().stride() == operands.b().stride()
        && own.d().stride() == operands.d().stride()
        && own.constantB() == constantB
        && sameStride(own.sfa(), operands.sfa())
        && sameStride(own.sfb(), operands.sfb());
  }

  private static boolean sameStride(@Nullable DeviceMatrix one, @Nullable DeviceMatrix other) {
    if (one == null || other == null) {
      return one == null && other == null;
    }
    return one.stride() == other.stride();
  }

  /** The launch with its made-up addresses; everything but those is as it will be. */
  public LaunchPlan plan() {
    return plan;
  }

  /** Whether an argument carries an address that has to be filled in. */
  public boolean isBound(int arg) {
    return operand[arg] != CONSTANT;
  }

  /** What to fill in. */
  public long address(int arg, GemmOperands operands) {
    return address(operands, operand[arg]) + offset[arg];
  }

  /** An encoded tensor map, at some call's address; null until somebody has encoded it. */
  public byte @Nullable [] encoded(int arg) {
    return encoded[arg];
  }

  /** Keeps an encoded tensor map. Two threads may do so at once, with the same bytes. */
  public void encoded(int arg, byte[] bytes) {
    encoded[arg] = bytes;
  }

  /** The plan of a call. */
  public LaunchPlan bind(GemmOperands operands) {
    List<KernelArg> args = new ArrayList<>(plan.args());
    for (int i = 0; i < operand.length; i++) {
      if (isBound(i)) {
        args.set(i, moved(args.get(i), address(i, operands)));
      }
    }
    return new LaunchPlan(plan.grid(), plan.threads(), plan.cluster(), plan.smemBytes(), args);
  }

  private static KernelArg moved(KernelArg arg, long address) {
    if (arg instanceof KernelArg.Map map) {
      TensorMap at = map.map();
      return new KernelArg.Map(
          new TensorMap(
              at.type(),
              address,
              at.dims(),
              at.strides(),
              at.box(),
              at.swizzle(),
              at.l2Promotion()));
    }
    return new KernelArg.Address(address);
  }
}
