package dev.deepgemm.testkit.faults;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.testkit.faults.FailingFileSystem.Operation;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class FailingFileSystemTest {
  private static final byte[] BYTES = "eight b.".getBytes(StandardCharsets.US_ASCII);

  private final FailingFileSystem files = new FailingFileSystem();
  @TempDir Path real;
  private Path folder;

  @BeforeEach
  void wrap() {
    folder = files.wrap(real);
  }

  private static void assertInjected(Executable call) {
    IOException e = assertThrows(IOException.class, call);
    assertTrue(e.getMessage().contains("injected"), e.getMessage());
  }

  @Test
  void withoutACommand_worksLikeTheDefault() throws IOException {
    Path file = Files.createDirectories(folder.resolve("a/b")).resolve("c");
    Files.write(file, BYTES);
    Path moved = Files.move(file, file.resolveSibling("d"), StandardCopyOption.ATOMIC_MOVE);
    assertArrayEquals(BYTES, Files.readAllBytes(moved));
    assertArrayEquals(BYTES, Files.readAllBytes(real.resolve("a/b/d")));
    try (Stream<Path> found = Files.walk(folder)) {
      assertEquals(
          List.of("", "a", "a/b", "a/b/d"),
          found.map(p -> folder.relativize(p).toString()).sorted().toList());
    }
    Files.delete(moved);
    assertTrue(Files.notExists(real.resolve("a/b/d")));
  }

  @Test
  void pathsThatAreDerived_stayInTheFileSystem() {
    for (Path path : List.of(folder.resolve("x"), folder.getParent(), folder.toAbsolutePath())) {
      assertEquals(files, path.getFileSystem());
    }
  }

  @Test
  void failedWrite_leavesHalfAFile() throws IOException {
    files.failAt(Operation.WRITE, 1);
    Path file = folder.resolve("half");
    assertInjected(() -> Files.write(file, BYTES));
    assertEquals(BYTES.length / 2, Files.size(file));
    Files.write(file, BYTES);
    assertArrayEquals(BYTES, Files.readAllBytes(file));
  }

  @Test
  void nthOperation_failsAloneAndIsCounted() throws IOException {
    files.failAt(Operation.MOVE, 2);
    Path a = Files.write(folder.resolve("a"), BYTES);
    Path b = Files.move(a, folder.resolve("b"));
    assertInjected(() -> Files.move(b, folder.resolve("c")));
    assertTrue(Files.exists(b), "a failed move moves nothing");
    Files.move(b, folder.resolve("c"));
    assertEquals(3, files.count(Operation.MOVE));
  }

  @Test
  void everyOperation_canFailAndHeal() throws IOException {
    Path file = Files.write(folder.resolve("file"), BYTES);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      refusedThenHealed(Operation.FORCE, () -> channel.force(true));
      refusedThenHealed(Operation.LOCK, () -> channel.tryLock().close());
    }
    refusedThenHealed(Operation.OPEN_READ, () -> Files.readAllBytes(file));
    refusedThenHealed(Operation.OPEN_WRITE, () -> Files.write(file, BYTES));
    refusedThenHealed(
        Operation.CREATE_DIRECTORY, () -> Files.createDirectory(folder.resolve("new")));
    refusedThenHealed(Operation.DELETE, () -> Files.delete(file));
  }

  private void refusedThenHealed(Operation operation, Executable call) {
    files.failAlways(operation);
    assertInjected(call);
    assertInjected(call);
    files.heal(operation);
    try {
      call.execute();
    } catch (Throwable e) {
      throw new AssertionError(operation + " still fails", e);
    }
  }
}
