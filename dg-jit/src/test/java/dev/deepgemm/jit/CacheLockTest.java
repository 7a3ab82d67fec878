package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheLockTest {
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path folder;

  @Test
  void lock_isHeld_andItsFileGoesWithIt() {
    Path file = folder.resolve("deeper/k.lock");
    try (CacheLock lock = CacheLock.acquire(file, LONG, () -> false)) {
      assertTrue(lock.held());
      assertTrue(Files.exists(file));
    }
    assertFalse(Files.exists(file));
  }

  @Test
  void secondLock_goesOnWithout_afterTheTimeout() {
    Path file = folder.resolve("k.lock");
    try (CacheLock first = CacheLock.acquire(file, LONG, () -> false);
        CacheLock second = CacheLock.acquire(file, SHORT, () -> false)) {
      assertTrue(first.held());
      assertFalse(second.held());
    }
  }

  @Test
  void waiting_ends_whenItHasBecomePointless() {
    Path file = folder.resolve("k.lock");
    AtomicInteger asked = new AtomicInteger();
    try (CacheLock first = CacheLock.acquire(file, LONG, () -> false)) {
      assertTrue(first.held());
      assertTimeoutPreemptively(
          Duration.ofSeconds(10),
          () -> {
            CacheLock second = CacheLock.acquire(file, LONG, () -> asked.incrementAndGet() == 3);
            assertFalse(second.held());
            second.close();
          });
    }
  }

  @Test
  void unusableFolder_meansNoLock() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    try (CacheLock lock = CacheLock.acquire(file.resolve("k.lock"), LONG, () -> false)) {
      assertFalse(lock.held());
    }
  }

  @Test
  void interruption_endsTheWait_andStaysVisible() {
    Path file = folder.resolve("k.lock");
    try (CacheLock first = CacheLock.acquire(file, LONG, () -> false)) {
      assertTrue(first.held());
      Thread.currentThread().interrupt();
      try (CacheLock second = CacheLock.acquire(file, LONG, () -> false)) {
        assertFalse(second.held());
      }
      assertTrue(Thread.interrupted());
    }
  }
}
