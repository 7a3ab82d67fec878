package dev.deepgemm.jit;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import dev.deepgemm.api.Options;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.spi.ArchSpecs;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The wiring for Guice; {@link DeepGemm#create()} wires the same parts without it. Who has an injector
 * installs this and gets {@link DeepGemm}, {@link KernelCompiler}, {@link ConfigSelector}, {@link ArchSpecs} and
 * {@link Options} injected. Whoever owns the injector closes the {@link DeepGemm}.
 */
public final class DeepGemmModule extends AbstractModule {
  private final Options options;
  private final ArchSpecs archs;
  private final Optional<String> arch;
  private final GpuSource gpus;

  /** The given settings, the plugins of the class path, the current or first device. */
  public DeepGemmModule(Options options) {
    this(options, ArchSpecs.load(), Optional.empty(), GpuSource.lookedFor(OptionalInt.empty()));
  }

  DeepGemmModule(Options options, ArchSpecs archs, Optional<String> arch, GpuSource gpus) {
    this.options = options;
    this.archs = archs;
    this.arch = arch;
    this.gpus = gpus;
  }

  @Override
  protected void configure() {
    binder().requireExplicitBindings();
    bind(Options.class).toInstance(options);
    bind(ArchSpecs.class).toInstance(archs);
  }

  @Provides
  @Singleton
  ConfigSelector selector(Options settings) {
    return Wiring.selector(settings);
  }

  @Provides
  @Singleton
  KernelCompiler compiler(Options settings) {
    return Wiring.compiler(settings, gpus);
  }

  @Provides
  @Singleton
  DeepGemm deepGemm(ArchSpecs plugins, ConfigSelector selector, KernelCompiler compiler) {
    return Wiring.deepGemm(plugins, arch, selector, compiler, gpus, options);
  }
}
