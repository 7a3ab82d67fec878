package dev.deepgemm.ptx.ampere;

import dev.deepgemm.ptx.Reg;
import dev.deepgemm.ptx.U32;
import java.util.List;
import java.util.stream.Stream;

/**
 * A warp's registers of 16 rows of A: lane l holds, two elements each, rows l / 4 and l / 4 + 8 at
 * 2 (l mod 4), then both rows again 16 bytes further along k. {@link MatrixLoad} makes them.
 */
public final class FragmentA {
  private final List<U32> registers;

  FragmentA(U32 r0, U32 r1, U32 r2, U32 r3) {
    registers = List.of(r0, r1, r2, r3);
  }

  Stream<? extends Reg> registers() {
    return registers.stream();
  }
}
