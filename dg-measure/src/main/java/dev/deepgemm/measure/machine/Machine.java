package dev.deepgemm.measure.machine;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.jit.kernel.ResourceUsage;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.spi.ArchSpec;
import java.util.Optional;

/** What a kernel runs on: a GPU, or the emulator. For one thread. */
public interface Machine extends AutoCloseable {
  /** What it is, for a human. */
  String description();

  /** Short name for JSON: the device's, or {@code emulator}. */
  String name();

  /** The architecture whose kernels it runs. */
  ArchSpec arch();

  /** Its number of SMs. */
  int sms();

  /** The configuration of a problem on it. */
  GemmConfig configure(GemmDesc desc);

  /** Emits, assembles and loads the kernel of a configuration, as far as the machine wants that. */
  Prepared prepare(GemmConfig config);

  /** Allocates memory and copies a matrix into it, padding included; freed when the machine closes. */
  long upload(HostMatrix matrix);

  /** Copies a matrix over memory that {@link #upload} allocated. */
  void overwrite(long address, HostMatrix from);

  /** Copies memory into a matrix. */
  void download(long address, HostMatrix into);

  /** Frees all memory. */
  void freeAll();

  /** Launches a configured kernel and waits for it. */
  void run(GemmConfig config, GemmOperands operands);

  @Override
  void close();

  /**
   * A kernel that is ready to be launched, and what it took.
   *
   * @param cache where its machine code came from: memory, disk, assembled, or none
   * @param emitMillis to write the PTX
   * @param compileMillis to assemble it, or to read it from the cache
   * @param loadMillis to load it into the context
   * @param assembler id and version; empty if there was nothing to assemble
   * @param usage registers and spills, where known
   */
  record Prepared(
      String cache,
      double emitMillis,
      double compileMillis,
      double loadMillis,
      String assembler,
      Optional<ResourceUsage> usage) {}
}
