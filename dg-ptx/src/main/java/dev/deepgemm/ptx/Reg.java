package dev.deepgemm.ptx;

/**
 * A virtual register. Its type is part of the Java type, so that a float cannot be handed to an
 * integer instruction, nor a number to one that wants an address of shared memory.
 *
 * <p>{@link Code} is the only source of registers: none has a constructor that others can call. A
 * register that instructions return is a value and never changes again; one that does change is a
 * variable, of the type whose name ends in {@code Var}, and only those can be assigned. A variable
 * can be read wherever a value of its type can; what is computed from it is a value of that moment.
 */
public abstract sealed class Reg
    permits U32, U64, F32, Pred, SmemAddress, ClusterAddress, TensorMapAddress {
  private final String name;

  Reg(String name) {
    this.name = name;
  }

  /** The name in PTX text, such as {@code %r7}. */
  public final String name() {
    return name;
  }

  @Override
  public final String toString() {
    return name;
  }
}
