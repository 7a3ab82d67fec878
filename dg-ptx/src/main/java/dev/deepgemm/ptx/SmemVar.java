package dev.deepgemm.ptx;

/** A {@link SmemAddress} that can be assigned. */
public final class SmemVar extends SmemAddress {
  SmemVar(String name) {
    super(name);
  }
}
