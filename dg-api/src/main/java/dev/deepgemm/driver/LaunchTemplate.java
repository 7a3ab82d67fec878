package dev.deepgemm.driver;

import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A launch that is used again on operands that lie alike.
 *
 * <p>A plan is a dozen records and lists, and building one costs more than the launch itself. But from call
 * to call only addresses change, and an argument that carries one says whose it is ({@link
 * KernelArg#origin}). So the plan is made once per problem and strides; filling in other addresses needs no
 * memory and no knowledge of the kernel.
 *
 * <p>Safe for use by several threads.
 */
public final class LaunchTemplate {
  private final LaunchPlan plan;
  private final @Nullable GemmOperands operands;
  private final KernelArg.@Nullable Origin[] origins;
  private final byte[][] encoded;

  private LaunchTemplate(
      LaunchPlan plan, @Nullable GemmOperands operands, KernelArg.@Nullable Origin[] origins) {
    this.plan = plan;
    this.operands = operands;
    this.origins = origins;
    this.encoded = new byte[origins.length][];
  }

  /**
   * The launch of a plan, on whatever lies like the operands that it was made for.
   *
   * @param plan what a provider planned
   * @param operands for these operands
   */
  public static LaunchTemplate of(LaunchPlan plan, GemmOperands operands) {
    List<KernelArg> args = plan.args();
    KernelArg.@Nullable Origin[] origins = new KernelArg.Origin[args.size()];
    for (int i = 0; i < origins.length; i++) {
      origins[i] = args.get(i).origin();
    }
    return new LaunchTemplate(plan, operands, origins);
  }

  /** A launch as it is, on the addresses in the plan; it fits no other call. */
  public static LaunchTemplate fixed(LaunchPlan plan) {
    return new LaunchTemplate(plan, null, new KernelArg.Origin[plan.args().size()]);
  }

  /**
   * Whether a call with these operands is this launch, addresses aside.
   *
   * @param constantB whether B is constant in this call, whatever the operands say
   */
  public boolean fits(GemmOperands others, boolean constantB) {
    return operands != null && operands.liesLike(others, constantB);
  }

  /** The launch with the addresses that it was made for. */
  public LaunchPlan plan() {
    return plan;
  }

  /** Whether an argument carries an address that changes with the operands. */
  public boolean isBound(int arg) {
    return origins[arg] != null;
  }

  /** The address in an argument that is bound. */
  public long address(int arg, GemmOperands others) {
    KernelArg.Origin origin = origins[arg];
    if (origin == null) {
      throw new IllegalArgumentException("argument " + arg + " has no address of an operand");
    }
    return origin.in(others);
  }

  /** An encoded tensor map, at some call's address; null until somebody has encoded it. */
  public byte @Nullable [] encoded(int arg) {
    return encoded[arg];
  }

  /** Keeps an encoded tensor map. Two threads may do so at once, with the same bytes. */
  public void encoded(int arg, byte[] bytes) {
    encoded[arg] = bytes;
  }
}
