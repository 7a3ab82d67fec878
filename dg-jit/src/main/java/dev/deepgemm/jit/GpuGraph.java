package dev.deepgemm.jit;

/** A captured and instantiated CUDA graph; close it after use. */
public final class GpuGraph implements AutoCloseable {
  private final Gpu gpu;
  private long handle;

  GpuGraph(Gpu gpu, long handle) {
    this.gpu = gpu;
    this.handle = handle;
  }

  /** Enqueues one replay on a stream. */
  public void launch(long stream) {
    if (handle == 0) {
      throw new IllegalStateException("the graph is closed");
    }
    gpu.context().run(() -> gpu.driver().launchGraph(handle, stream));
  }

  /** Destroys the graph. Safe to call twice. */
  @Override
  public void close() {
    long last = handle;
    handle = 0;
    if (last != 0) {
      gpu.context().run(() -> gpu.driver().destroyGraph(last));
    }
  }
}
