package dev.deepgemm.jit;

import dev.deepgemm.api.Options;

/**
 * How launches are made, for all calls.
 *
 * @param overlap whether a launch may begin before the one in front of it has ended
 * @param constantB whether B is constant in every call, whatever its operands say
 */
record LaunchManner(boolean overlap, boolean constantB) {
  static LaunchManner of(Options options) {
    return new LaunchManner(options.get(Options.JIT_PDL), options.get(Options.CONSTANT_WEIGHTS));
  }
}
