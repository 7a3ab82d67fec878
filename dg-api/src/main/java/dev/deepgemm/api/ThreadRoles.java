package dev.deepgemm.api;

import org.jspecify.annotations.Nullable;

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

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ThreadRoles that
        && tma == that.tma
        && math == that.math
        && nonEpilogue == that.nonEpilogue
        && epilogue == that.epilogue;
  }

  @Override
  public int hashCode() {
    return 31 * (31 * (31 * tma + math) + nonEpilogue) + epilogue;
  }
}
