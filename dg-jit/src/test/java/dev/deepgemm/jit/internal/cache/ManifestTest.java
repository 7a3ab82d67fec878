package dev.deepgemm.jit.internal.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.assemble.Assembler;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.ResourceUsage;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ManifestTest {
  private final Assembler assembler = new FakeAssembler("fake", "1.0\nsize=1", m -> null);
  private final Cubin cubin = FakeAssembler.cubin(TestModules.fill());
  private final CacheKey key = CacheKey.of(TestModules.fill(), assembler);
  private final Manifest manifest = Manifest.of(key, cubin, TestModules.fill(), assembler);

  @Test
  void manifest_survives_writingAndReading() {
    Manifest read = Manifest.parse(manifest.toBytes()).orElseThrow();
    assertEquals(key.hex(), read.key());
    assertEquals(cubin.size(), read.size());
    assertEquals(CacheKey.sha256(cubin.bytes()), read.sha256());
    assertEquals(Optional.of(new ResourceUsage(168, 0, 0, 8, 16)), read.usage());
    assertEquals("fill", read.notes().get("entry"));
  }

  @Test
  void lineBreak_inAValue_forgesNoField() {
    assertEquals("fake 1.0 size=1", read(manifest.toBytes()).notes().get("assembler"));
  }

  private static Manifest read(byte[] bytes) {
    return Manifest.parse(bytes).orElseThrow();
  }

  @Test
  void everyFlippedBit_isSeen() {
    byte[] good = manifest.toBytes();
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << (bit % 8));
      assertTrue(Manifest.parse(bad).isEmpty(), "bit " + bit);
    }
  }

  @Test
  void everyTruncation_isSeen() {
    byte[] good = manifest.toBytes();
    for (int length = 0; length < good.length; length++) {
      assertTrue(
          Manifest.parse(java.util.Arrays.copyOf(good, length)).isEmpty(), "length " + length);
    }
  }

  @Test
  void foreignText_isNoManifest() {
    assertTrue(Manifest.parse("check=\n".getBytes(StandardCharsets.UTF_8)).isEmpty());
    assertTrue(Manifest.parse(new byte[] {-1, -2, -3}).isEmpty());
  }
}
