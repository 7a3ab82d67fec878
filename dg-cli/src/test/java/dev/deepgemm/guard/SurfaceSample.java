package dev.deepgemm.guard;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One of each, to see that {@link SurfaceText} has words for it. */
@SuppressWarnings("unused")
public final class SurfaceSample {
  private SurfaceSample() {}

  /** A type that others implement. */
  public sealed interface Shape<T extends Number> extends Supplier<T> {
    int LIMIT = 7;

    T first(int a, String... rest) throws IOException;

    default @Nullable String second(List<? super T> list) {
      return null;
    }

    static <X> void third(X value) {}
  }

  /** The only one that does. */
  public record Pair<T extends Number>(int right, @Nullable String left) implements Shape<T> {
    public Pair(int right) {
      this(right, null);
    }

    @Override
    public T first(int a, String... rest) {
      throw new UnsupportedOperationException();
    }

    @Override
    public T get() {
      throw new UnsupportedOperationException();
    }

    private void hidden() {}
  }

  /** Its constants are not in alphabetical order. */
  public enum Order {
    SECOND,
    FIRST
  }

  /** A type that others extend. */
  protected abstract static class Open extends Exception {
    private static final long serialVersionUID = 1;

    protected final transient long field = 1;

    protected Open() {}

    Open(int hidden) {}

    protected abstract void call();
  }

  /** Nobody's business. */
  static final class Hidden {
    public void call() {}
  }
}
