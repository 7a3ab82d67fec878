package dev.deepgemm.api;

/**
 * Threads of one CTA by role. Architectures that split producer and math (SM90) fill the first
 * pair, those that split issue and epilogue (SM100) the second.
 *
 * @param tma threads of the TMA producer
 * @param math threads of the wgmma consumers
 * @param nonEpilogue threads that load and issue
 * @param epilogue threads that read tensor memory and store
 */
public record ThreadRoles(int tma, int math, int nonEpilogue, int epilogue) {
  /** Roles of a producer/consumer kernel. */
  public static ThreadRoles producerConsumer(int tma, int math) {
    return new ThreadRoles(tma, math, 0, 0);
  }

  /** Roles of an issue/epilogue kernel. */
  public static ThreadRoles issueEpilogue(int nonEpilogue, int epilogue) {
    return new ThreadRoles(0, 0, nonEpilogue, epilogue);
  }

  /** Threads of the CTA. */
  public int total() {
    return tma + math + nonEpilogue + epilogue;
  }
}
