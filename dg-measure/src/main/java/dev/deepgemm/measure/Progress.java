package dev.deepgemm.measure;

import java.util.function.DoubleSupplier;

/** Hears that something is under way. */
public interface Progress {
  /** Says nothing. */
  Progress NONE = new Silence();

  /** Says what begins now. */
  void say(String what);

  /**
   * Runs work and watches it by looking at how much is done.
   *
   * @param what one or two words
   * @param estimateSeconds about how long it takes
   * @param done share that is done, 0 to 1; asked on another thread
   */
  void watch(String what, double estimateSeconds, DoubleSupplier done, Runnable work);

  /** Begins work in a known number of steps. */
  Count count(String what, int steps);

  /** Work in a known number of steps, under way; close it at the end. */
  interface Count extends AutoCloseable {
    /** One more is done; from any thread. */
    void step();

    @Override
    void close();
  }

  /** Hears and says nothing. */
  final class Silence implements Progress {
    private Silence() {}

    @Override
    public void say(String what) {}

    @Override
    public void watch(String what, double estimateSeconds, DoubleSupplier done, Runnable work) {
      work.run();
    }

    @Override
    public Count count(String what, int steps) {
      return new Count() {
        @Override
        public void step() {}

        @Override
        public void close() {}
      };
    }
  }
}
