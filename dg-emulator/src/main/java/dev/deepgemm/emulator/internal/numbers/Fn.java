package dev.deepgemm.emulator.internal.numbers;

/** What an arithmetic instruction computes for one lane, on raw register contents. */
@FunctionalInterface
public interface Fn {
  /** The result; bits above the width of the destination are ignored. */
  long apply(long a, long b, long c);
}
