package dev.deepgemm.jit;

import dev.deepgemm.api.Options;
import dev.deepgemm.jit.kernel.JitListener;
import dev.deepgemm.spi.ArchSpecs;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What a {@link DeepGemm} is made of; everything has a default. */
public final class DeepGemmBuilder {
  private @Nullable Options options;
  private @Nullable ArchSpecs archs;
  private Optional<String> arch = Optional.empty();
  private OptionalInt device = OptionalInt.empty();
  private @Nullable Gpu gpu;
  private final List<JitListener> listeners = new ArrayList<>();

  DeepGemmBuilder() {}

  /** Settings; without them those of this process. */
  public DeepGemmBuilder options(Options options) {
    this.options = options;
    return this;
  }

  /** Architecture plugins; without them those that the class path has. */
  public DeepGemmBuilder archs(ArchSpecs archs) {
    this.archs = archs;
    return this;
  }

  /** The name of an architecture, such as {@code sm90}; without it that of the device. */
  public DeepGemmBuilder arch(String id) {
    this.arch = Optional.of(id);
    return this;
  }

  /** The number of a device; without it that of the current context, or 0. */
  public DeepGemmBuilder device(int ordinal) {
    this.device = OptionalInt.of(ordinal);
    return this;
  }

  /** An open device, which stays the caller's to close. */
  public DeepGemmBuilder gpu(Gpu gpu) {
    this.gpu = gpu;
    return this;
  }

  /** Somebody who hears of configurations, compiles and loads; several may be added. */
  public DeepGemmBuilder listener(JitListener listener) {
    listeners.add(listener);
    return this;
  }

  /**
   * Makes it. Loads no natives and looks for no device.
   *
   * @throws dev.deepgemm.api.OptionException if an option is not legal
   * @throws dev.deepgemm.spi.ArchSpecException if plugins are broken or doubled, or the chosen
   *     architecture has none
   */
  public DeepGemm build() {
    Options chosen = options == null ? Options.fromEnvironment() : options;
    ArchSpecs plugins = archs == null ? ArchSpecs.load() : archs;
    arch.ifPresent(plugins::get);
    GpuSource source = gpu == null ? GpuSource.lookedFor(device) : GpuSource.given(gpu);
    KernelCompiler compiler = Wiring.compiler(chosen, source);
    listeners.forEach(compiler::addListener);
    return Wiring.deepGemm(plugins, arch, Wiring.selector(chosen), compiler, source, chosen);
  }
}
