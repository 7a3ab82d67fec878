package dev.deepgemm.jit;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.driver.LaunchTemplate;
import dev.deepgemm.jit.internal.cuda.CudaContext;
import dev.deepgemm.jit.internal.cuda.CudaErrors;
import dev.deepgemm.spi.KernelProvider;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A problem that can be launched: its configuration, its loaded kernel, and the launches it had, by
 * strides. In steady state a launch finds its template here and allocates nothing.
 */
final class ReadyGemm {
  /** Strides of one problem that are remembered; most problems have one set, views a few. */
  private static final int MOST_TEMPLATES = 8;

  private final GemmConfig config;
  private final LoadedKernel kernel;
  private volatile LaunchTemplate[] templates = {};

  ReadyGemm(GemmConfig config, LoadedKernel kernel) {
    this.config = config;
    this.kernel = kernel;
  }

  GemmConfig config() {
    return config;
  }

  /**
   * Enqueues a launch on operands that were checked.
   *
   * @param first what has to be copied in front of it; the launch then begins when the copy has ended
   */
  void launch(
      CudaContext context,
      KernelProvider provider,
      GemmOperands operands,
      @Nullable CopyOfC first,
      long stream,
      LaunchManner manner) {
    boolean constantB = manner.constantB() || operands.constantB();
    LaunchTemplate template = find(operands, constantB);
    if (template == null) {
      template = make(provider, operands.withConstantB(constantB));
    }
    long previous = context.enter();
    try {
      if (first != null) {
        first.enqueue(context.driver(), stream);
      }
      context
          .driver()
          .launch(
              kernel.function(),
              template,
              operands,
              stream,
              first == null && manner.overlap() && provider.awaitsPreviousGrid());
    } finally {
      context.leave(previous);
    }
  }

  private @Nullable LaunchTemplate find(GemmOperands operands, boolean constantB) {
    for (LaunchTemplate template : templates) {
      if (template.fits(operands, constantB)) {
        return template;
      }
    }
    return null;
  }

  private LaunchTemplate make(KernelProvider provider, GemmOperands operands) {
    LaunchTemplate made = LaunchTemplate.of(provider.plan(config, operands), operands);
    if (made.plan().smemBytes() > kernel.maxDynamicSmem()) {
      throw CudaErrors.sharedMemory(kernel.id(), made.plan().smemBytes(), kernel.maxDynamicSmem());
    }
    // Two threads may add at once and one of both be forgotten: it is made again.
    LaunchTemplate[] old = templates;
    int kept = old.length < MOST_TEMPLATES ? old.length : 0;
    LaunchTemplate[] more = Arrays.copyOf(old, kept + 1);
    more[kept] = made;
    templates = more;
    return made;
  }
}
