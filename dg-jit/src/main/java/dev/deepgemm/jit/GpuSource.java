package dev.deepgemm.jit;

import dev.deepgemm.jit.internal.Once;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * The device that one {@link DeepGemm} works on: looked for on first use, once. A caller's own device
 * is never closed, one that was found here is.
 */
final class GpuSource implements Supplier<Gpu.Search>, AutoCloseable {
  private final Once<Gpu.Search> search;
  private final boolean owned;

  private GpuSource(Once<Gpu.Search> search, boolean owned) {
    this.search = search;
    this.owned = owned;
  }

  static GpuSource lookedFor(OptionalInt ordinal) {
    return new GpuSource(new Once<>(() -> Gpu.find(ordinal)), true);
  }

  static GpuSource given(Gpu gpu) {
    return new GpuSource(
        new Once<>(() -> new Gpu.Search(Optional.of(gpu), Optional.empty())), false);
  }

  @Override
  public Gpu.Search get() {
    return search.get();
  }

  /** Whether the next {@link #get} looks for a device, which takes a while. */
  boolean isPending() {
    return owned && search.peek() == null;
  }

  @Override
  public void close() {
    Gpu.Search found = search.peek();
    if (owned && found != null) {
      found.gpu().ifPresent(Gpu::close);
    }
  }
}
