package dev.deepgemm.jit;

import dev.deepgemm.api.Options;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.spi.ArchSpecs;
import java.util.Optional;

/**
 * How the parts fit together, in plain calls. {@link DeepGemmModule} hands these to Guice for those who
 * have an injector; {@link DeepGemm#create()} calls them itself, because a process that waits for its
 * first token should not load an injector's 600 classes (280 ms of a core) to call three constructors.
 */
final class Wiring {
  private Wiring() {}

  static ConfigSelector selector(Options options) {
    return ConfigSelector.create(options);
  }

  static KernelCompiler compiler(Options options, GpuSource gpus) {
    return KernelCompiler.create(options, gpus);
  }

  static DeepGemm deepGemm(
      ArchSpecs archs,
      Optional<String> arch,
      ConfigSelector selector,
      KernelCompiler compiler,
      GpuSource gpus,
      Options options) {
    return new DeepGemm(
        new GemmDispatcher(archs, arch, selector, compiler, gpus, LaunchManner.of(options)));
  }
}
