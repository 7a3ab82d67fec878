package dev.deepgemm.measure.bench;

import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.measure.machine.Machine;
import dev.deepgemm.reference.GemmError;
import dev.deepgemm.reference.Tolerance;
import java.util.List;

/** A product's inputs on a machine, on which launches of several configurations are timed in turn. */
public interface BenchSubject extends AutoCloseable {
  /** What a policy chooses. */
  GemmConfig config(Heuristics policy);

  /** Prepares a configuration, launches it once and checks the result. */
  Trial open(GemmConfig config, boolean constantWeights);

  /** What is legal. */
  Tolerance tolerance();

  /** Input sets, used in turn. */
  int sets();

  /** Launches in one replay. */
  int launches();

  /** Lets go of the trials, too. */
  @Override
  void close();

  /** One way to compute the product: checked once when it was opened, then timed as often as wanted. */
  interface Trial {
    /** What it took to have the kernel. */
    Machine.Prepared prepared();

    /** How far the result is from the reference. */
    GemmError error();

    /** Microseconds of one launch in each of several replays. */
    double[] time(int replays);

    /** What is wrong with the results so far, those of the timed launches included. */
    List<String> problems();
  }

  /** Where subjects come from. */
  interface Source {
    BenchSubject open(BenchCase one);
  }
}
