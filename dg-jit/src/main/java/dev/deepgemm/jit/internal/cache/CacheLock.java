package dev.deepgemm.jit.internal.cache;

import java.io.IOException;
import java.lang.System.Logger;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps processes from assembling the same kernel at once. It saves work and nothing else: who cannot
 * have it, waits too long for it or loses it builds for himself, and what he publishes is as good.
 *
 * <p>That is why its file may be deleted on release, although a waiter may then hold a lock on a file
 * without a name while a newcomer locks a new one: both look at the disk again before they build.
 */
public final class CacheLock implements AutoCloseable {
  private static final Logger LOG = System.getLogger(CacheLock.class.getName());
  private static final long POLL_MILLIS = 10;

  private final CacheFiles files;
  private final Path file;
  private final @Nullable FileChannel channel;
  private final boolean held;

  private CacheLock(CacheFiles files, Path file, @Nullable FileChannel channel, boolean held) {
    this.files = files;
    this.file = file;
    this.channel = channel;
    this.held = held;
  }

  /**
   * Waits for the lock; never throws.
   *
   * @param file the lock's file
   * @param timeout how long to wait before going on without it
   * @param pointless asked while waiting: true once there is nothing left to wait for
   * @param impossible hears why there can be no lock here at all
   */
  static CacheLock acquire(
      CacheFiles files,
      Path file,
      Duration timeout,
      BooleanSupplier pointless,
      Consumer<Exception> impossible) {
    FileChannel channel = null;
    try {
      files.createFolder(file.resolveSibling("").toAbsolutePath());
      channel = files.openLock(file);
      long deadline = System.nanoTime() + timeout.toNanos();
      while (true) {
        if (files.tryLock(channel) != null) {
          return new CacheLock(files, file, channel, true);
        }
        if (pointless.getAsBoolean()) {
          return new CacheLock(files, file, channel, false);
        }
        if (System.nanoTime() - deadline > 0) {
          LOG.log(
              timeout.isZero() ? Logger.Level.DEBUG : Logger.Level.INFO,
              "kernel cache: another process holds {0} for more than {1} ms; going on without it",
              file,
              timeout.toMillis());
          return new CacheLock(files, file, channel, false);
        }
        Thread.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new CacheLock(files, file, channel, false);
    } catch (IOException | RuntimeException e) {
      // No such folder, no locks on this file system: build without.
      impossible.accept(e);
      return new CacheLock(files, file, channel, false);
    }
  }

  public boolean held() {
    return held;
  }

  @Override
  public void close() {
    try {
      if (held) {
        files.delete(file);
      }
    } catch (IOException e) {
      LOG.log(Logger.Level.DEBUG, "cannot delete " + file, e);
    }
    try {
      if (channel != null) {
        channel.close(); // releases the lock
      }
    } catch (IOException e) {
      LOG.log(Logger.Level.DEBUG, "cannot close " + file, e);
    }
  }
}
