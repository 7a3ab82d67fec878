package dev.deepgemm.measure.tune;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.measure.Kernels;
import dev.deepgemm.measure.bench.BenchKind;
import dev.deepgemm.measure.bench.BenchShape;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.Tuning;
import dev.deepgemm.workloads.files.InputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * What tuning runs measured, by problem.
 *
 * @param problems in the order of the files
 * @param sources where it comes from, for the record
 */
public record TuneData(List<Measured> problems, List<String> sources) {
  public TuneData {
    problems = List.copyOf(problems);
    sources = List.copyOf(sources);
  }

  /**
   * A problem and the times of kernels on it, in microseconds.
   *
   * @param desc the problem, its SM limit resolved
   * @param times by kernel; where a kernel was measured in several files, the geometric mean
   * @param classic what the classic rules chose
   */
  public record Measured(
      GemmDesc desc, Map<Tuning.Kernel, Double> times, Tuning.@Nullable Kernel classic) {
    boolean hasList() {
      return BenchKind.CLASSIC.stream().anyMatch(kind -> kind.signature().equals(desc.signature()));
    }

    public double best() {
      return times.values().stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    }
  }

  /** Those of one type of operands, of the kinds that lists of kernels are made for. */
  public TuneData of(DataType abType) {
    return new TuneData(
        problems.stream()
            .filter(problem -> problem.desc.aType() == abType && problem.hasList())
            .toList(),
        sources);
  }

  /** How many problems are of kinds that no list is made for. */
  public long withoutList() {
    return problems.stream().filter(problem -> !problem.hasList()).count();
  }

  /** Every kernel that was measured somewhere, in a fixed order. */
  List<Tuning.Kernel> kernels() {
    Set<Tuning.Kernel> kernels = new LinkedHashSet<>();
    problems.forEach(problem -> kernels.addAll(problem.times.keySet()));
    return List.copyOf(kernels);
  }

  /** Replays from which on a time comes from the rounds at the end of a problem. */
  private static final int FINAL_REPLAYS = 9;

  private static final class Collected {
    final Map<Tuning.Kernel, double[]> logs = new LinkedHashMap<>();
    Tuning.@Nullable Kernel classic;

    /** Adds the records of one file. */
    public void add(List<Timed> records) {
      double once = onceIsTooGood(records);
      for (Timed record : records) {
        double micros = record.replays < FINAL_REPLAYS ? record.micros * once : record.micros;
        double[] sum = logs.computeIfAbsent(record.kernel, key -> new double[2]);
        sum[0] += Math.log(micros);
        sum[1]++;
        if (record.classic) {
          classic = record.kernel;
        }
      }
    }

    /**
     * By how much times of the first round are too good. The fastest are measured again; where they come
     * out behind those that were not, it is because a short measurement finds a cooler device.
     */
    private static double onceIsTooGood(List<Timed> records) {
      double[] again =
          records.stream()
              .filter(record -> record.replays >= FINAL_REPLAYS && !record.classic)
              .mapToDouble(Timed::micros)
              .sorted()
              .toArray();
      double others =
          records.stream()
              .filter(record -> record.replays < FINAL_REPLAYS)
              .mapToDouble(Timed::micros)
              .min()
              .orElse(Double.POSITIVE_INFINITY);
      return again.length == 0 ? 1 : Math.max(1, again[again.length / 2] / others);
    }
  }

  private record Timed(Tuning.Kernel kernel, double micros, int replays, boolean classic) {}

  /**
   * Reads files that {@code dg tune} wrote.
   *
   * @throws InputException if one cannot be read or is something else ({@code DG-TUNE-03})
   */
  public static TuneData read(ArchSpec arch, List<Path> files) {
    Map<GemmDesc, Collected> problems = new LinkedHashMap<>();
    List<String> sources = new ArrayList<>();
    for (Path file : files) {
      try {
        JsonNode root = new ObjectMapper().readTree(bytes(file));
        if (!root.path("records").isArray()) {
          throw new IOException("it has no records");
        }
        sources.add(
            file.getFileName()
                + ": "
                + root.path("device").asText()
                + ", driver "
                + root.path("driver").asText()
                + ", commit "
                + root.path("commit").asText());
        int sms = root.path("sms").asInt(arch.defaultNumSms());
        Map<GemmDesc, List<Timed>> records = new LinkedHashMap<>();
        for (JsonNode record : root.path("records")) {
          add(arch, sms, record, records);
        }
        records.forEach(
            (desc, timed) -> problems.computeIfAbsent(desc, key -> new Collected()).add(timed));
      } catch (IOException | IllegalArgumentException e) {
        throw new InputException(
            Problem.of(
                "DG-TUNE-03",
                "%s is no file of measurements: %s; dg tune --json writes them",
                file,
                String.valueOf(e.getMessage())),
            e);
      }
    }
    List<Measured> measured = new ArrayList<>();
    problems.forEach(
        (desc, collected) -> {
          Map<Tuning.Kernel, Double> times = new LinkedHashMap<>();
          collected.logs.forEach((kernel, sum) -> times.put(kernel, Math.exp(sum[0] / sum[1])));
          measured.add(new Measured(desc, times, collected.classic));
        });
    return new TuneData(measured, sources);
  }

  private static void add(
      ArchSpec arch, int sms, JsonNode record, Map<GemmDesc, List<Timed>> records) {
    if (record.has("problem") || !record.has("us")) {
      return;
    }
    BenchKind kind =
        BenchKind.parse(
                List.of(record.path("dtype").asText()), BenchKind.CLASSIC, new ArrayList<>())
            .stream()
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("a record has no type"));
    GemmDesc desc =
        kind.desc(new BenchShape(integer(record, "m"), integer(record, "n"), integer(record, "k")))
            .withSmLimit(sms);
    Tile tile =
        new Tile(
            integer(record, "block_m"), integer(record, "block_n"), arch.blockK(desc.signature()));
    ThreadRoles usual = arch.threads(desc.signature(), tile);
    ThreadRoles threads = Kernels.withMathThreads(usual, integer(record, "math_threads"));
    Tuning.Kernel kernel =
        new Tuning.Kernel(
            tile,
            integer(record, "stages"),
            Multicast.valueOf(record.path("multicast").asText()),
            new Team(threads, integer(record, "split_k")));
    records
        .computeIfAbsent(desc, key -> new ArrayList<>())
        .add(
            new Timed(
                kernel,
                record.path("us").asDouble(),
                record.path("replays").asInt(),
                record.path("classic").asBoolean()));
  }

  private static byte[] bytes(Path file) throws IOException {
    byte[] raw = Files.readAllBytes(file);
    if (!file.toString().endsWith(".gz")) {
      return raw;
    }
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(raw))) {
      return in.readAllBytes();
    }
  }

  private static int integer(JsonNode record, String name) {
    JsonNode value = record.path(name);
    if (!value.canConvertToInt()) {
      throw new IllegalArgumentException("a record has no " + name);
    }
    return value.asInt();
  }
}
