package dev.deepgemm.spi;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.PtxModule;
import java.util.List;

/**
 * The kernels of an architecture: from a kernel's identity to PTX, and from operands to a launch.
 *
 * <p>Pure like {@link ArchSpec}: emitting twice gives the same bytes, on any thread.
 */
public interface KernelProvider {
  /**
   * Whether there is a kernel for problems of a signature; the reason names what is missing.
   */
  Legality supports(Signature signature);

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
   * <p>An argument that carries the address of an operand says so ({@link
   * dev.deepgemm.api.launch.KernelArg#origin}), and nothing else in a plan may depend on addresses: the launcher
   * asks once per problem and strides, and from then on only fills in addresses.
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
