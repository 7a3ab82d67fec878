package dev.deepgemm.jit.internal.cache;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheLockTest {
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path folder;

  private static CacheLock acquire(Path file, Duration timeout, BooleanSupplier pointless) {
    return CacheLock.acquire(new CacheFiles(), file, timeout, pointless, e -> {});
  }

  @Test
  void lock_isHeld_andItsFileGoesWithIt() {
    Path file = folder.resolve("deeper/k.lock");
    try (CacheLock lock = acquire(file, LONG, () -> false)) {
      assertTrue(lock.held());
      assertTrue(Files.exists(file));
    }
    assertFalse(Files.exists(file));
  }

  @Test
  void secondLock_goesOnWithout_afterTheTimeout() {
    Path file = folder.resolve("k.lock");
    try (CacheLock first = acquire(file, LONG, () -> false);
        CacheLock second = acquire(file, SHORT, () -> false)) {
      assertTrue(first.held());
      assertFalse(second.held());
    }
  }

  @Test
  void waiting_ends_whenItHasBecomePointless() {
    Path file = folder.resolve("k.lock");
    AtomicInteger asked = new AtomicInteger();
    try (CacheLock first = acquire(file, LONG, () -> false)) {
      assertTrue(first.held());
      assertTimeoutPreemptively(
          Duration.ofSeconds(10),
          () -> {
            CacheLock second = acquire(file, LONG, () -> asked.incrementAndGet() == 3);
            assertFalse(second.held());
            second.close();
          });
    }
  }

  @Test
  void unusableFolder_meansNoLock() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    try (CacheLock lock = acquire(file.resolve("k.lock"), LONG, () -> false)) {
      assertFalse(lock.held());
    }
  }

  @Test
  void interruption_endsTheWait_andStaysVisible() {
    Path file = folder.resolve("k.lock");
    try (CacheLock first = acquire(file, LONG, () -> false)) {
      assertTrue(first.held());
      Thread.currentThread().interrupt();
      try (CacheLock second = acquire(file, LONG, () -> false)) {
        assertFalse(second.held());
      }
      assertTrue(Thread.interrupted());
    }
  }
}
