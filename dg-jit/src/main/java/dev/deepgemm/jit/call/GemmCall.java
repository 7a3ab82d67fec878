package dev.deepgemm.jit.call;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.OperandRole;

/**
 * A product and the device memory that it works on. Running one again needs no memory on the host.
 *
 * @param desc the product; hand it to {@code DeepGemm.prepare} to compile and load its kernel ahead
 * @param operands where its matrices lie
 */
public record GemmCall(GemmDesc desc, GemmOperands operands) {
  /**
   * The same call with a matrix elsewhere, lying alike.
   *
   * @throws dev.deepgemm.api.InvalidGemmException if the call has no such matrix ({@code DG-ARG-04})
   */
  public GemmCall at(OperandRole role, long address) {
    return new GemmCall(desc, operands.with(role, operands.require(role).at(address)));
  }
}
