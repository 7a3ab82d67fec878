package dev.deepgemm.emulator.internal.machine;

/** What one cluster counted. */
public final class Statistics {
  public long instructions;
  public long wgmmas;
  public long copies;
  public long copiedBytes;

  public void add(Statistics other) {
    instructions += other.instructions;
    wgmmas += other.wgmmas;
    copies += other.copies;
    copiedBytes += other.copiedBytes;
  }
}
