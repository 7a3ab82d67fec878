package dev.deepgemm.emulator;

/** What an arithmetic instruction computes for one lane, on raw register contents. */
@FunctionalInterface
interface Fn {
  /** The result; bits above the width of the destination are ignored. */
  long apply(long a, long b, long c);
}
