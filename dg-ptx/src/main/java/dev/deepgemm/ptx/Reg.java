package dev.deepgemm.ptx;

/**
 * A virtual register. The type is part of the Java type, so that a float cannot be handed to an
 * integer instruction; {@link Code} is the only source of registers.
 */
public sealed interface Reg permits U32, U64, F32, Pred {
  /** The name in PTX text, such as {@code %r7}. */
  String name();
}
