package dev.deepgemm.workloads.safetensors;

import static dev.deepgemm.testkit.SafetensorsFile.of;
import static dev.deepgemm.testkit.SafetensorsFile.tensor;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.testkit.SafetensorsFile;
import dev.deepgemm.workloads.files.InputException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {
  @TempDir Path folder;

  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("x.safetensors"), bytes);
  }

  private static Signature plain(DataType type) {
    return type == DataType.BF16 ? Signature.BF16 : Signature.FP8;
  }

  private List<String> problems(byte[] bytes) throws IOException {
    Path path = file(bytes);
    InputException error =
        assertThrows(InputException.class, () -> GemmFiles.read(path, SafetensorsTest::plain));
    return error.problems().stream().map(Problem::toString).toList();
  }

  @Test
  void read_legalFileHasItsValues() throws IOException {
    byte[] bytes = SafetensorsFile.fp8(5, 200, 300);
    GemmData data = GemmFiles.read(file(bytes), SafetensorsTest::plain);
    assertEquals(5, data.m());
    assertEquals(200, data.n());
    assertEquals(300, data.k());
    int dataStart =
        8 + (int) ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN).getLong();
    for (int row = 0; row < 5; row++) {
      for (int col = 0; col < 300; col++) {
        assertEquals(bytes[dataStart + row * 300 + col], (byte) data.a().bits(row, col));
      }
    }
    // a_scale [5, 3] in the file, [3, 5] for the kernel
    int scales = dataStart + 5 * 300 + 200 * 300;
    ByteBuffer floats = ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    assertEquals(floats.getFloat(scales + 4 * (2 * 3 + 1)), data.scalesA().get(1, 2));
    assertEquals(floats.getFloat(scales + 4 * 15 + 4 * (1 * 3 + 2)), data.scalesB().get(1, 2));
  }

  static Stream<Arguments> malformed() {
    String a = tensor("a", "BF16", "[2,4]", 0, 16);
    String b = tensor("b", "BF16", "[2,4]", 16, 32);
    String b8 = tensor("b", "F8_E4M3", "[2,4]", 16, 24);
    return Stream.of(
        Arguments.of("empty file", new byte[0], "DG-FILE-02"),
        Arguments.of("short file", new byte[7], "DG-FILE-02"),
        Arguments.of(
            "length beyond the file", new byte[] {9, 0, 0, 0, 0, 0, 0, 0, '{', '}'}, "DG-FILE-02"),
        Arguments.of(
            "negative length", new byte[] {0, 0, 0, 0, 0, 0, 0, -1, '{', '}'}, "DG-FILE-02"),
        Arguments.of("no JSON", of("{nonsense", 0), "DG-FILE-03"),
        Arguments.of("an array", of("[1,2]", 0), "DG-FILE-03"),
        Arguments.of("two documents", of("{}{}", 0), "DG-FILE-03"),
        Arguments.of("broken UTF-8", broken(), "DG-FILE-03"),
        Arguments.of("deep nesting", of("{\"a\":" + "[".repeat(100_000), 0), "DG-FILE-03"),
        Arguments.of("duplicate tensor", of("{" + a + "," + a + "}", 16), "DG-FILE-03"),
        Arguments.of("tensor is a number", of("{\"a\":1}", 0), "DG-FILE-04"),
        Arguments.of(
            "no dtype", of("{\"a\":{\"shape\":[1],\"data_offsets\":[0,1]}}", 1), "DG-FILE-04"),
        Arguments.of(
            "negative extent",
            of("{" + tensor("a", "BF16", "[-2,4]", 0, 16) + "}", 16),
            "DG-FILE-04"),
        Arguments.of(
            "fraction", of("{" + tensor("a", "BF16", "[2.5,4]", 0, 16) + "}", 16), "DG-FILE-04"),
        Arguments.of(
            "huge extent",
            of("{" + tensor("a", "BF16", "[99999999999999999999,4]", 0, 16) + "}", 16),
            "DG-FILE-04"),
        Arguments.of("metadata of numbers", of("{\"__metadata__\":{\"x\":1}}", 0), "DG-FILE-04"),
        Arguments.of(
            "overflow",
            of("{" + tensor("a", "BF16", "[4611686018427387904,4]", 0, 16) + "}", 16),
            "DG-FILE-05"),
        Arguments.of(
            "wrong size", of("{" + tensor("a", "BF16", "[2,3]", 0, 16) + "}", 16), "DG-FILE-05"),
        Arguments.of("out of range", of("{" + a + "," + b + "}", 24), "DG-FILE-05"),
        Arguments.of(
            "begin after end",
            of("{" + tensor("a", "BF16", "[2,4]", 16, 0) + "}", 16),
            "DG-FILE-05"),
        Arguments.of(
            "overlap",
            of("{" + a + "," + tensor("b", "BF16", "[2,4]", 8, 24) + "}", 24),
            "DG-FILE-06"),
        Arguments.of(
            "hole",
            of("{" + a + "," + tensor("b", "BF16", "[2,4]", 24, 40) + "}", 40),
            "DG-FILE-06"),
        Arguments.of("tail", of("{" + a + "," + b + "}", 40), "DG-FILE-06"),
        Arguments.of("no b", of("{" + a + "}", 16), "DG-FILE-08"),
        Arguments.of("no tensors", of("{}", 0), "DG-FILE-08"),
        Arguments.of(
            "wrong type",
            of("{" + tensor("a", "F16", "[2,4]", 0, 16) + "," + b + "}", 32),
            "DG-FILE-09"),
        Arguments.of(
            "unknown type",
            of("{" + tensor("a", "F5", "[2,4]", 0, 16) + "," + b + "}", 32),
            "DG-FILE-09"),
        Arguments.of("mixed types", of("{" + a + "," + b8 + "}", 24), "DG-FILE-09"),
        Arguments.of(
            "rank 1",
            of("{" + tensor("a", "BF16", "[8]", 0, 16) + "," + b + "}", 32),
            "DG-FILE-09"),
        Arguments.of(
            "empty",
            of(
                "{"
                    + tensor("a", "BF16", "[0,4]", 0, 0)
                    + ","
                    + tensor("b", "BF16", "[2,4]", 0, 16)
                    + "}",
                16),
            "DG-FILE-09"),
        Arguments.of(
            "other k",
            of("{" + a + "," + tensor("b", "BF16", "[4,2]", 16, 32) + "}", 32),
            "DG-FILE-09"),
        Arguments.of(
            "scales with BF16",
            of("{" + a + "," + b + "," + tensor("a_scale", "F32", "[2,1]", 32, 40) + "}", 40),
            "DG-FILE-09"),
        Arguments.of(
            "FP8 without scales",
            of(
                "{"
                    + tensor("a", "F8_E4M3", "[2,4]", 0, 8)
                    + ","
                    + tensor("b", "F8_E4M3", "[2,4]", 8, 16)
                    + "}",
                16),
            "DG-FILE-08"),
        Arguments.of(
            "scale shape",
            of(
                "{"
                    + tensor("a", "F8_E4M3", "[2,4]", 0, 8)
                    + ","
                    + tensor("b", "F8_E4M3", "[2,4]", 8, 16)
                    + ","
                    + tensor("a_scale", "F32", "[1,2]", 16, 24)
                    + ","
                    + tensor("b_scale", "F32", "[1,1]", 24, 28)
                    + "}",
                28),
            "DG-FILE-09"));
  }

  private static byte[] broken() {
    byte[] bytes = of("{\"a?\":1}", 0);
    bytes[11] = (byte) 0xFF;
    return bytes;
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("malformed")
  void read_malformedFileIsRefused(String what, byte[] bytes, String id) throws IOException {
    List<String> problems = problems(bytes);
    assertTrue(
        problems.stream().anyMatch(problem -> problem.startsWith(id)),
        () -> what + ": " + problems);
  }

  @Test
  void read_allProblemsAreReported() throws IOException {
    String a = tensor("a", "BF16", "[2,3]", 0, 16);
    String b = tensor("b", "BF16", "[2,4]", 90, 99);
    assertEquals(2, problems(of("{" + a + "," + b + "}", 16)).size());
  }

  @Test
  void read_scaleThatIsNotFiniteIsRefused() throws IOException {
    byte[] bytes = SafetensorsFile.fp8(2, 2, 16);
    ByteBuffer.wrap(bytes)
        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
        .putFloat(bytes.length - 8, Float.POSITIVE_INFINITY);
    assertEquals(
        List.of("DG-FILE-10: a_scale[1, 0] is Infinity; legal: finite numbers"), problems(bytes));
  }

  @Test
  void read_missingFileIsRefused() {
    InputException error =
        assertThrows(
            InputException.class,
            () -> GemmFiles.read(folder.resolve("none"), SafetensorsTest::plain));
    assertEquals("DG-FILE-01", error.problems().get(0).id());
  }

  /** Whatever bytes come: a value or a refusal, within reasonable memory. */
  @Test
  void read_randomCorruptionNeverCrashes() throws IOException {
    byte[] legal = SafetensorsFile.fp8(3, 130, 140);
    Random random = new Random(20251);
    int refused = 0;
    for (int round = 0; round < 3000; round++) {
      byte[] bytes = legal.clone();
      int end = random.nextInt(4) == 0 ? random.nextInt(bytes.length) : bytes.length;
      // The header is where it hurts, so most of the damage is done there.
      int reach = random.nextInt(3) == 0 ? bytes.length : 400;
      for (int hits = 1 + random.nextInt(4); hits > 0; hits--) {
        int at = random.nextInt(reach);
        bytes[at] =
            random.nextBoolean()
                ? (byte) random.nextInt(256)
                : (byte) "{}[]\",:0123456789-eE.".charAt(random.nextInt(21));
      }
      Path path = file(Arrays.copyOf(bytes, end));
      try {
        GemmFiles.read(path, SafetensorsTest::plain);
      } catch (InputException e) {
        refused++;
        e.problems().forEach(problem -> assertTrue(problem.message().length() < 2000));
      }
    }
    assertTrue(refused > 2000, "refused " + refused);
  }

  @Test
  void read_tensorBeyondTwoGigabytesIsReached() throws IOException {
    // A sparse file: 3 GiB of zeros in front of what is wanted.
    long before = 3L << 30;
    String header =
        "{"
            + tensor("filler", "U8", "[" + before + "]", 0, before)
            + ","
            + tensor("a", "BF16", "[1,8]", before, before + 16)
            + ","
            + tensor("b", "BF16", "[1,8]", before + 16, before + 32)
            + "}";
    Path path = file(of(header, 0));
    try (RandomAccessFile raw = new RandomAccessFile(path.toFile(), "rw")) {
      long end = raw.length() + before + 32;
      raw.seek(end - 1);
      raw.write(0x40);
    }
    assertEquals(2f, GemmFiles.read(path, SafetensorsTest::plain).b().get(0, 7));
  }

  @Test
  void write_readsBackThroughTheReader() {
    for (DataType type : List.of(DataType.BF16, DataType.FP32)) {
      HostMatrix d = HostMatrix.padded(type, 7, 13);
      for (int row = 0; row < 7; row++) {
        for (int col = 0; col < 13; col++) {
          d.set(row, col, row - 0.5f * col);
        }
      }
      Path path = folder.resolve("y.safetensors");
      Safetensors.write(path, "d", d);
      try (Safetensors back = Safetensors.open(path)) {
        TensorInfo info = back.tensor("d").orElseThrow();
        assertEquals(List.of(7L, 13L), info.shape());
        assertEquals(type == DataType.BF16 ? "BF16" : "F32", info.dtype());
        assertTrue(d.sameElements(back.read(info, type)));
      }
    }
  }

  @Test
  void write_failureLeavesNothingBehind() throws IOException {
    Path path = folder.resolve("taken");
    Files.createDirectory(path);
    Files.createFile(path.resolve("inside"));
    HostMatrix d = HostMatrix.padded(DataType.BF16, 2, 2);
    InputException error =
        assertThrows(InputException.class, () -> Safetensors.write(path, "d", d));
    assertEquals("DG-CLI-24", error.problems().get(0).id());
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(path), files.toList());
    }
  }
}
