package dev.deepgemm.jit;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.driver.CudaDriver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * D = C + A B where C lies elsewhere: kernels add to D, so C is copied there first, in the order of the
 * stream.
 *
 * @param desc the product
 * @param c where C lies
 * @param d where D lies
 */
record CopyOfC(GemmDesc desc, DeviceMatrix c, DeviceMatrix d) {
  /** The copy that a call needs; null if there is no C, if it is D, or if nothing is added to it. */
  static @Nullable CopyOfC of(GemmDesc desc, GemmOperands operands) {
    DeviceMatrix c = operands.c();
    return c == null
            || !desc.accumulate()
            || desc.kind() != GemmKind.NORMAL
            || c.equals(operands.d())
        ? null
        : new CopyOfC(desc, c, operands.d());
  }

  /** The operands as the kernel gets them, which finds C in D. */
  static GemmOperands inD(GemmOperands operands) {
    return operands.with(OperandRole.C, null);
  }

  private long elementBytes() {
    return desc.dType().bytes();
  }

  private long rowBytes() {
    return desc.n() * elementBytes();
  }

  private long pitch(DeviceMatrix matrix) {
    return matrix.stride() * elementBytes();
  }

  /** What is wrong with C; what is wrong with D is found by whoever writes D. */
  List<Problem> check() {
    List<Problem> problems = new ArrayList<>();
    if (c.address() == 0 || c.address() % elementBytes() != 0) {
      problems.add(
          Problem.of(
              "DG-ARG-01",
              "address of c is 0x%x; legal: a device address that is a multiple of %d bytes (it is read"
                  + " as %s)",
              c.address(),
              elementBytes(),
              desc.dType()));
    }
    if (c.stride() < desc.n() || c.stride() > Integer.MAX_VALUE) {
      problems.add(
          Problem.of(
              "DG-ARG-02",
              "stride of c is %d elements; legal: n = %d or more, below 2^31",
              c.stride(),
              desc.n()));
    }
    if (problems.isEmpty() && d.stride() >= desc.n() && overlaps()) {
      problems.add(
          Problem.of(
              "DG-ARG-08",
              "c at 0x%x (rows of %d elements, stride %d) reaches into d at 0x%x (stride %d); legal: c is"
                  + " d, with the same stride, or they share no element",
              c.address(),
              desc.n(),
              c.stride(),
              d.address(),
              d.stride()));
    }
    return problems;
  }

  private boolean overlaps() {
    if (end(c) <= d.address() || end(d) <= c.address()) {
      return false;
    }
    // Columns of one wider matrix lie between each other and still share nothing.
    long offset = Math.floorMod(d.address() - c.address(), pitch(c));
    return pitch(c) != pitch(d) || offset < rowBytes() || offset > pitch(c) - rowBytes();
  }

  private long end(DeviceMatrix matrix) {
    return matrix.address() + (desc.m() - 1) * pitch(matrix) + rowBytes();
  }

  void enqueue(CudaDriver driver, long stream) {
    driver.copy(
        new CudaDriver.Rows(c.address(), pitch(c)),
        new CudaDriver.Rows(d.address(), pitch(d)),
        rowBytes(),
        desc.m(),
        stream);
  }
}
