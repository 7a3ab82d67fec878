package dev.deepgemm.cli;

import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.testkit.GemmError;
import dev.deepgemm.testkit.Tolerance;
import java.util.List;

/** A product on a machine: checked once when it was opened, then timed as often as wanted. */
interface BenchSubject extends AutoCloseable {
  /** Kernel and launch. */
  GemmConfig config();

  /** What it took to have the kernel. */
  Machine.Prepared prepared();

  /** How far the result is from the reference. */
  GemmError error();

  /** What was legal. */
  Tolerance tolerance();

  /** Input sets, used in turn. */
  int sets();

  /** Launches in one replay. */
  int launches();

  /** Microseconds of one launch in each of several replays. */
  double[] time(int replays);

  /** What is wrong with the results so far, those of the timed launches included. */
  List<String> problems();

  @Override
  void close();

  /** Where subjects come from. */
  interface Source {
    BenchSubject open(BenchCase one);
  }
}
