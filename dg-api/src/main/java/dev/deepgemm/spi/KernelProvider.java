package dev.deepgemm.spi;

import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.LaunchPlan;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.PtxModule;
import java.util.List;

/**
 * The kernels of an architecture: from a kernel's identity to PTX, and from operands to a launch.
 *
 * <p>Pure like {@link ArchSpec}: emitting twice gives the same bytes, on any thread.
 */
public interface KernelProvider {
  /**
   * Whether there is a kernel for a problem, whatever its sizes; the reason names what is missing.
   */
  Legality supports(GemmDesc desc);

  /** Whether a kernel of this identity can be emitted. */
  Legality canEmit(KernelSpec spec);

  /**
   * Emits a kernel.
   *
   * @throws dev.deepgemm.api.UnsupportedGemmException if {@link #canEmit} says no
   */
  PtxModule emit(KernelSpec spec);

  /**
   * Everything that is wrong with the operands of a call: alignment of addresses and strides,
   * missing scales, extents that the hardware cannot address. Empty if nothing is.
   */
  List<Problem> check(GemmDesc desc, GemmOperands operands);

  /**
   * The launch of a configured kernel on operands that {@link #check} found nothing wrong with.
   *
   * <p>Best is a plan in which an operand's address appears as it is, or plus a constant, and changes
   * nothing else: the launcher notices, asks once per problem and strides, and from then on only fills in
   * addresses. Any other plan is right too, and asked for at every call.
   *
   * @throws dev.deepgemm.api.InvalidGemmException if there is something wrong with them after all
   */
  LaunchPlan plan(GemmConfig config, GemmOperands operands);

  /**
   * Whether every kernel awaits the grids before it ({@code griddepcontrol.wait}) ahead of its first
   * access to operands. Only such kernels are launched so that they may begin while the launch in front
   * of them ends; the default is no.
   */
  default boolean awaitsPreviousGrid() {
    return false;
  }
}
