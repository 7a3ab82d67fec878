package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.IntMath;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.OperandRole;

/** Operands that point nowhere, for questions that nobody launches. */
final class Operands {
  private static final long FIRST = 0x7_0000_0000L;
  private static final long APART = 1L << 36;
  private static final long MOVED = 1L << 30;
  private static final int ALIGNMENT = 64;

  private Operands() {}

  /** Operands that nothing is wrong with, rows padded to 64 elements. */
  static GemmOperands good(GemmDesc desc) {
    int columnsOfA = desc.majorA() == Major.K ? desc.k() : desc.m();
    int columnsOfB = desc.majorB() == Major.K ? desc.k() : desc.n();
    GemmOperands.Builder operands =
        GemmOperands.builder()
            .set(OperandRole.A, matrix(OperandRole.A, columnsOfA))
            .set(OperandRole.B, matrix(OperandRole.B, columnsOfB))
            .set(OperandRole.D, matrix(OperandRole.D, desc.n()));
    if (desc.scaling().isScaled()) {
      int blocks = IntMath.cdiv(desc.k(), desc.scaling().b().k());
      operands
          .set(OperandRole.SCALES_A, matrix(OperandRole.SCALES_A, desc.m()))
          .set(
              OperandRole.SCALES_B,
              matrix(OperandRole.SCALES_B, desc.scaling().b().mn() == 1 ? desc.n() : blocks));
    }
    return operands.build();
  }

  /** A matrix of a role, at an address of its own. */
  static DeviceMatrix matrix(OperandRole role, int columns) {
    return new DeviceMatrix(FIRST + role.ordinal() * APART, IntMath.align(columns, ALIGNMENT));
  }

  /** The same operands at other addresses, each moved by another distance. */
  static GemmOperands elsewhere(GemmOperands operands) {
    GemmOperands moved = operands;
    for (OperandRole role : operands.roles()) {
      DeviceMatrix matrix = operands.require(role);
      long distance = (role.ordinal() + 1) * MOVED;
      moved = moved.with(role, matrix.at(matrix.address() + distance));
    }
    return moved;
  }
}
