package dev.deepgemm.ptx.ampere;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.IsaFeature;
import dev.deepgemm.ptx.smem.Fragment;
import java.util.List;
import java.util.stream.Stream;

/**
 * The result of one atom in a warp's registers, and the instruction that adds to it. Synchronous:
 * the registers may be read at once.
 *
 * <p>{@link dev.deepgemm.ptx.smem.Fragment} says which elements a lane holds.
 */
public final class WarpMma {
  private final Code code;
  private final MmaAtom atom;
  private final List<F32Var> registers;

  /** A result that starts as zero. */
  public WarpMma(Code code, MmaAtom atom) {
    this.code = code;
    this.atom = atom;
    this.registers = Stream.generate(code::f32Var).limit(Fragment.registers(MmaAtom.N)).toList();
    clear();
  }

  /** Sets the result to zero. */
  public void clear() {
    registers.forEach(code::zero);
  }

  /** Adds a product. All lanes of the warp execute it. */
  public void add(FragmentA a, FragmentB b) {
    String sums = Code.vector(registers.stream());
    code.raw(
        IsaFeature.BF16,
        atom.mnemonic()
            + " "
            + sums
            + ", "
            + Code.vector(a.registers())
            + ", "
            + Code.vector(b.registers())
            + ", "
            + sums);
  }

  /**
   * An element of the lane.
   *
   * @param half 0 for row l / 4, 1 for the row 8 further down
   * @param column 0 or 1
   */
  public F32 get(int half, int column) {
    return registers.get(2 * half + column);
  }
}
