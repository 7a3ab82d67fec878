package dev.deepgemm.jit;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.jit.internal.cache.CacheKey;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.PluginGuard;
import java.lang.System.Logger;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Emits a kernel of each type that nobody asked for, on a thread of its own, while the driver opens the
 * device.
 *
 * <p>The first kernel of a process pays for loading the emitter's classes and linking its lambdas: 84 ms of a
 * core instead of 19 (a machine with 2 cores), most of the 39 ms that emitting took on a machine with an H200.
 * Opening the device takes 290 to 480 ms there, in which the thread that asked for it waits for the driver; so
 * the classes come for nothing, and the first token does not wait for them.
 *
 * <p>Only what is pure is rehearsed: selection, emission, hashing. Natives are left alone, because their
 * classes initialise each other, which two threads must not do from two ends. What is emitted is thrown away,
 * and what goes wrong is told by the call that needs it.
 */
final class Rehearsal {
  private static final Logger LOG = System.getLogger(Rehearsal.class.getName());
  // Large enough for two math warpgroups and multicast: what small kernels use, large ones do too.
  private static final int SIZE = 4096;

  private Rehearsal() {}

  /** Begins, and returns at once; the thread keeps no process alive. */
  static Thread begin(List<ArchSpec> archs, ConfigSelector selector) {
    Thread thread = new Thread(() -> archs.forEach(arch -> play(arch, selector)), "dg-rehearsal");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void play(ArchSpec arch, ConfigSelector selector) {
    try {
      KernelProvider kernels = arch.kernels().orElse(null);
      if (kernels == null) {
        return;
      }
      for (GemmDesc desc :
          List.of(GemmDesc.fp8(SIZE, SIZE, SIZE), GemmDesc.bf16(SIZE, SIZE, SIZE, DataType.BF16))) {
        if (PluginGuard.unsupported(arch, desc.signature()).isEmpty()
            && kernels.supports(desc.signature()).isLegal()) {
          GemmConfig config = selector.select(arch, desc.withSmLimit(arch.defaultNumSms()));
          String text = kernels.emit(config.kernel()).text();
          CacheKey.sha256(text.getBytes(StandardCharsets.UTF_8));
        }
      }
    } catch (RuntimeException | LinkageError e) {
      LOG.log(Logger.Level.DEBUG, "no rehearsal of " + arch.id(), e);
    }
  }
}
