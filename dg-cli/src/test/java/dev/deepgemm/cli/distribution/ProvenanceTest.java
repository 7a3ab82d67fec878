package dev.deepgemm.cli.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProvenanceTest {
  @TempDir Path folder;

  @Test
  void commit_ofABundle_isWhatItsFileSays() throws IOException {
    Path file = folder.resolve(Provenance.VERSION_FILE);
    assertEquals(Optional.empty(), Provenance.ofBundle(file));
    Files.writeString(file, "dg 1.0\ncommit 0123abc\n");
    assertEquals(Optional.of("0123abc"), Provenance.ofBundle(file));
    Files.writeString(file, "dg 1.0\ncommit unknown\n");
    assertEquals(Optional.empty(), Provenance.ofBundle(file));
  }
}
