package dev.deepgemm.ptx.ampere;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.IsaFeature;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code ldmatrix}: fragments of K-major tiles from shared memory. Four matrices of 8 rows of 16
 * bytes are read at once; each lane gives the address of one row. {@link SwizzledTile} computes
 * the addresses.
 */
public final class MatrixLoad {
  private MatrixLoad() {}

  /** 16 rows of A, 32 bytes along k. Lane l: row l mod 16, half l / 16 of the 32 bytes. */
  public static FragmentA a(Code code, SmemAddress address) {
    List<U32> r = x4(code, address);
    return new FragmentA(r.get(0), r.get(1), r.get(2), r.get(3));
  }

  /**
   * 16 rows of B, 32 bytes along k, as the fragments of two atoms. Lane l: row l mod 8, plus 8 for
   * the upper half of the warp, half l / 8 mod 2 of the 32 bytes.
   */
  public static List<FragmentB> b(Code code, SmemAddress address) {
    List<U32> r = x4(code, address);
    return List.of(new FragmentB(r.get(0), r.get(1)), new FragmentB(r.get(2), r.get(3)));
  }

  private static List<U32> x4(Code code, SmemAddress address) {
    List<U32> registers = Stream.generate(code::newU32).limit(4).toList();
    code.raw(
        IsaFeature.LDMATRIX,
        "ldmatrix.sync.aligned.m8n8.x4.shared.b16 "
            + Code.vector(registers.stream())
            + ", ["
            + address
            + "]");
    return registers;
  }
}
