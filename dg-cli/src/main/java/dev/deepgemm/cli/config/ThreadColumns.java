package dev.deepgemm.cli.config;

import dev.deepgemm.api.config.ThreadRoles;

/**
 * Threads as DeepGEMM's tables count them: on Hopper those that load and those that multiply, on Blackwell
 * those that have nothing to do with the output and those that have.
 *
 * @param tma threads that load, where a CTA has others that multiply
 * @param math threads that multiply and hold the sums
 * @param nonEpilogue threads that load and issue, where a CTA has others that write the output
 * @param epilogue threads that write the output and do nothing else
 */
record ThreadColumns(int tma, int math, int nonEpilogue, int epilogue) {
  private static final String EPILOGUE = "epilogue";

  static ThreadColumns of(ThreadRoles threads) {
    int epilogue = threads.of(EPILOGUE);
    return epilogue == 0
        ? new ThreadColumns(threads.of(ThreadRoles.TMA), threads.of(ThreadRoles.MATH), 0, 0)
        : new ThreadColumns(0, 0, threads.total() - epilogue, epilogue);
  }
}
