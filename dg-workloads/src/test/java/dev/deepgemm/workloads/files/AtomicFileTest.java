package dev.deepgemm.workloads.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  private void write(Path path, String text, boolean publish) throws IOException {
    try (AtomicFile file = AtomicFile.open(path)) {
      file.stream().write(text.getBytes(StandardCharsets.UTF_8));
      if (publish) {
        file.publish();
      }
    }
  }

  private List<Path> files() throws IOException {
    try (var files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void publish_newFile_appears() throws IOException {
    Path path = folder.resolve("x");
    try (AtomicFile file = AtomicFile.open(path)) {
      file.stream().write(1);
      assertFalse(Files.exists(path), "it must not be there before it is whole");
      file.publish();
    }
    assertEquals(List.of(path), files());
  }

  @Test
  void publish_oldFile_isReplaced() throws IOException {
    Path path = Files.writeString(folder.resolve("x"), "old and long");
    write(path, "new", true);
    assertEquals("new", Files.readString(path));
    assertEquals(List.of(path), files());
  }

  @Test
  void close_unpublished_leavesWhatWasThere() throws IOException {
    Path path = Files.writeString(folder.resolve("x"), "old");
    write(path, "half", false);
    assertEquals("old", Files.readString(path));
    assertEquals(List.of(path), files());
  }

  @Test
  void publish_link_keepsTheLink() throws IOException {
    Path target = Files.writeString(folder.resolve("target"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), target);
    write(link, "new", true);
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("new", Files.readString(target));
  }

  @Test
  void open_somethingElseThanAFile_isRefused() throws IOException {
    InputException e = assertThrows(InputException.class, () -> AtomicFile.open(folder));
    assertEquals("DG-CLI-24", e.problems().get(0).id());
    assertEquals(List.of(), files());
    Path device = Path.of("/dev/null");
    if (Files.exists(device)) {
      assertThrows(InputException.class, () -> AtomicFile.open(device));
    }
  }
}
