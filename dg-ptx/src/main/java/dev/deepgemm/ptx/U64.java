package dev.deepgemm.ptx;

/**
 * A register of 64 bits: global addresses, matrix descriptors.
 *
 * @param name the name in PTX text
 */
public record U64(String name) implements Reg {
  @Override
  public String toString() {
    return name;
  }
}
