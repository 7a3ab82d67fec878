package dev.deepgemm.jit.internal;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A value that is made on first use, once, also when several threads ask at the same time. */
public final class Once<T> implements Supplier<T> {
  private final Supplier<T> maker;
  private volatile @Nullable T value;

  public Once(Supplier<T> maker) {
    this.maker = maker;
  }

  @Override
  public T get() {
    T made = value;
    if (made == null) {
      synchronized (this) {
        made = value;
        if (made == null) {
          made = maker.get();
          value = made;
        }
      }
    }
    return made;
  }

  /** The value if it has been made, otherwise null. */
  public @Nullable T peek() {
    return value;
  }
}
