package dev.deepgemm.emulator.internal.memory;

/** Something that reads shared memory asynchronously: a wgmma or a store of the copy engine. */
public interface SharedReader {
  /** First address that it may read. */
  int start();

  /** Address behind the last one that it may read. */
  int end();

  /** Bytes in its range are about to change while it reads. */
  void overwritten(int address, int bytes, int line, boolean copy);
}
