package dev.deepgemm.jit.internal.compile;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.JitListener;
import java.lang.System.Logger;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Tells all listeners; one that throws hurts neither the others nor the kernel. */
public final class JitListeners implements JitListener {
  private static final Logger LOG = System.getLogger(JitListeners.class.getName());

  private final CopyOnWriteArrayList<JitListener> all;
  private final AtomicBoolean warned = new AtomicBoolean();

  public JitListeners(List<JitListener> first) {
    this.all = new CopyOnWriteArrayList<>(first);
  }

  public void add(JitListener listener) {
    all.add(listener);
  }

  public void remove(JitListener listener) {
    all.remove(listener);
  }

  @Override
  public void configured(GemmConfig config) {
    tell(listener -> listener.configured(config));
  }

  @Override
  public void assembling(PtxModule module, String command) {
    tell(listener -> listener.assembling(module, command));
  }

  @Override
  public void found(CompiledKernel kernel) {
    tell(listener -> listener.found(kernel));
  }

  @Override
  public void loaded(String kernel, long nanos) {
    tell(listener -> listener.loaded(kernel, nanos));
  }

  private void tell(Consumer<JitListener> event) {
    for (JitListener listener : all) {
      try {
        event.accept(listener);
      } catch (RuntimeException e) {
        LOG.log(
            warned.getAndSet(true) ? Logger.Level.DEBUG : Logger.Level.WARNING,
            "a JitListener failed: " + listener.getClass().getName(),
            e);
      }
    }
  }
}
