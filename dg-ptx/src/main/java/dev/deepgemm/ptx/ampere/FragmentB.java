package dev.deepgemm.ptx.ampere;

import dev.deepgemm.ptx.Reg;
import dev.deepgemm.ptx.U32;
import java.util.List;
import java.util.stream.Stream;

/**
 * A warp's registers of 8 rows of B: lane l holds, two elements each, row l / 4 at 2 (l mod 4) and
 * the same 16 bytes further along k. {@link MatrixLoad} makes them.
 */
public final class FragmentB {
  private final List<U32> registers;

  FragmentB(U32 r0, U32 r1) {
    registers = List.of(r0, r1);
  }

  Stream<? extends Reg> registers() {
    return registers.stream();
  }
}
