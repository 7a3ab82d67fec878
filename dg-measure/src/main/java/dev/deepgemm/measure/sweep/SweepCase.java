package dev.deepgemm.measure.sweep;

import dev.deepgemm.api.config.GemmConfig;

/**
 * One launch of a sweep.
 *
 * @param shape the inputs
 * @param config the forced configuration
 */
public record SweepCase(SweepShape shape, GemmConfig config) {
  @Override
  public String toString() {
    return config.kernel().id() + " on " + shape;
  }
}
