package dev.deepgemm.ptx;

/**
 * A register of 32 bits without a fixed interpretation: integers, packed pairs of 16 bits,
 * shared-memory addresses.
 *
 * @param name the name in PTX text
 */
public record U32(String name) implements Reg {
  @Override
  public String toString() {
    return name;
  }
}
