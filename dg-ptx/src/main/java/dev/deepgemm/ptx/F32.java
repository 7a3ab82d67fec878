package dev.deepgemm.ptx;

/**
 * A register that holds an IEEE single.
 *
 * @param name the name in PTX text
 */
public record F32(String name) implements Reg {
  @Override
  public String toString() {
    return name;
  }
}
