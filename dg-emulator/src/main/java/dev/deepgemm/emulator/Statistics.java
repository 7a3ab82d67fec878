package dev.deepgemm.emulator;

/** What one cluster counted. */
final class Statistics {
  long instructions;
  long wgmmas;
  long copies;
  long copiedBytes;

  void add(Statistics other) {
    instructions += other.instructions;
    wgmmas += other.wgmmas;
    copies += other.copies;
    copiedBytes += other.copiedBytes;
  }
}
