package dev.deepgemm.ptx.wgmma;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.Tracked;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The registers of one atom's result. While a wgmma that writes them is in flight they cannot be
 * touched: {@link #get} throws, at emission, in Java, instead of giving wrong numbers on a GPU.
 *
 * <p>The four warps of the warpgroup hold 16 rows each, one below the other, as {@link
 * dev.deepgemm.ptx.smem.Fragment} says.
 */
public final class Accumulator {
  private final Code code;
  private final WgmmaAtom atom;
  private final List<F32Var> registers;
  private final Tracked<List<Set<Accumulator>>> inFlight;

  Accumulator(Code code, WgmmaAtom atom, Tracked<List<Set<Accumulator>>> inFlight) {
    this.code = code;
    this.inFlight = inFlight;
    this.atom = atom;
    this.registers = IntStream.range(0, atom.registers()).mapToObj(i -> code.f32Var()).toList();
  }

  /** The atom whose result this is. */
  public WgmmaAtom atom() {
    return atom;
  }

  /** Number of registers per thread. */
  public int size() {
    return registers.size();
  }

  /**
   * A register of the result.
   *
   * @throws IllegalStateException while a wgmma that writes it may still be running
   */
  public F32Var get(int index) {
    if (inFlight.get().stream().anyMatch(batch -> batch.contains(this))) {
      throw new IllegalStateException(
          "accumulator register " + index + " is in flight: wait for its wgmma batch first");
    }
    return registers.get(index);
  }

  /** Sets all registers to zero; like {@link #get}, not while a wgmma may write them. */
  public void zero() {
    for (int i = 0; i < size(); i++) {
      code.zero(get(i));
    }
  }

  List<F32Var> registers() {
    return registers;
  }
}
