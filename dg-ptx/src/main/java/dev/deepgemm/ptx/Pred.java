package dev.deepgemm.ptx;

/**
 * A predicate register: one bit per thread.
 *
 * @param name the name in PTX text
 */
public record Pred(String name) implements Reg {
  @Override
  public String toString() {
    return name;
  }
}
