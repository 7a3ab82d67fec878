package dev.deepgemm.measure.tune;

import dev.deepgemm.api.config.GemmConfig;
import java.util.List;
import java.util.Map;

/** A product's inputs on a machine, on which one configuration after the other is tried. */
public interface TuneSubject extends AutoCloseable {
  /**
   * Makes kernels ready for launch.
   *
   * @return what is wrong with those that cannot be, by the kernel's id
   */
  Map<String, String> load(List<GemmConfig> configs);

  /** A configuration that is about to be timed. */
  Trial open(GemmConfig config);

  /** Whether the product heats the device: then only {@link Trial#settledTime} tells anything. */
  boolean heats();

  /** What the last trial computed is what the next ones are compared with. */
  void keepAsReference();

  /** Whether the machine still computes, after something failed. */
  boolean alive();

  @Override
  void close();

  /** Launches of one configuration. */
  interface Trial extends AutoCloseable {
    /** Microseconds of one launch in each of several replays. */
    double[] time(int replays);

    /** The same, after as much of it as takes the device to the state that it can hold. */
    double[] settledTime(int replays);

    /** Distance of the result from the reference, relative to it; not a number if there is none in it. */
    double difference();

    @Override
    void close();
  }

  /** Where subjects come from. */
  interface Source {
    TuneSubject open(TuneProblem problem);
  }
}
