package dev.deepgemm.cli.config;

import dev.deepgemm.api.Option;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.cli.config.BatchRow.MalformedRow;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.spi.ArchSpecException;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.workloads.files.AtomicFile;
import dev.deepgemm.workloads.files.InputException;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Configures a file of problems, row by row, in the format of {@link BatchColumns}.
 *
 * <p>A problem that an architecture cannot take is an answer: it goes to the error column. A row
 * that cannot be read is a mistake in the file: the first twenty are reported together, with their
 * line numbers, and no output appears.
 *
 * <p>The columns are those of DeepGEMM's tables, and so are the answers, unless somebody has named a policy.
 */
final class ConfigBatch {
  private static final int MAX_REPORTED = 20;

  private final ArchSpecs archs;
  private final @Nullable String onlyArch;
  private final Options options;
  private final Map<String, ConfigSelector> selectors = new HashMap<>();

  /**
   * A batch.
   *
   * @param onlyArch the architecture that every row must name; null if rows may differ
   * @param options what the switch of each row overrides; without a policy the classic one answers
   */
  ConfigBatch(ArchSpecs archs, @Nullable String onlyArch, Options options) {
    this.archs = archs;
    this.onlyArch = onlyArch;
    boolean named = options.resolve(Options.HEURISTICS).source() != Option.Source.DEFAULT;
    this.options = named ? options : options.with(Options.HEURISTICS, "classic");
    if (onlyArch != null) {
      archs.get(onlyArch);
    }
  }

  /**
   * Reads one file, plain or gzip, and writes the other, gzip if its name ends in {@code .gz}.
   *
   * @return rows written
   * @throws InputException if the input cannot be read ({@code DG-CSV-01} to {@code DG-CSV-04}) or
   *     the output not be written ({@code DG-CLI-24})
   */
  int run(Path in, Path out) {
    try (BufferedReader reader = open(in)) {
      requireHeader(in, reader.readLine());
      try (AtomicFile file = AtomicFile.open(out)) {
        int rows;
        try (Writer writer = writer(out, file.stream())) {
          rows = configure(in, reader, writer);
        }
        file.publish();
        return rows;
      }
    } catch (IOException e) {
      throw new InputException(
          Problem.of(
              "DG-CSV-04", "%s cannot be turned into %s, which is untouched: %s", in, out, e),
          e);
    }
  }

  private int configure(Path in, BufferedReader reader, Writer writer) throws IOException {
    writer.append(BatchColumns.header()).append('\n');
    List<Problem> malformed = new ArrayList<>();
    int malformedRows = 0;
    int line = 1;
    for (String text = reader.readLine(); text != null; text = reader.readLine()) {
      line++;
      try {
        String answer = answer(text);
        if (malformed.isEmpty()) {
          writer.append(answer).append('\n');
        }
      } catch (MalformedRow e) {
        malformedRows++;
        if (malformed.size() < MAX_REPORTED) {
          malformed.add(Problem.of("DG-CSV-02", "%s line %d: %s", in, line, e.getMessage()));
        }
      }
    }
    if (malformedRows > malformed.size()) {
      malformed.add(
          Problem.of(
              "DG-CSV-03",
              "%s: %,d more malformed rows, not listed",
              in,
              malformedRows - malformed.size()));
    }
    InputException.throwIfAny(malformed);
    return line - 1;
  }

  private String answer(String text) throws MalformedRow {
    BatchRow row = BatchRow.parse(text);
    if (onlyArch != null && !onlyArch.equals(row.arch())) {
      throw new MalformedRow(
          List.of("arch is " + row.arch().substring(2) + ", but --arch is " + onlyArch));
    }
    StringBuilder line = new StringBuilder(row.inputs());
    try {
      BatchColumns.appendResults(
          line, selector(row.minimize()).select(archs.get(row.arch()), row.desc()));
    } catch (UnsupportedGemmException e) {
      BatchColumns.appendError(
          line, e.problems().stream().map(Problem::toString).collect(Collectors.joining(" | ")));
    } catch (ArchSpecException e) {
      throw new MalformedRow(e.problems().stream().map(Problem::message).toList());
    }
    return line.toString();
  }

  private ConfigSelector selector(String minimize) {
    return selectors.computeIfAbsent(
        minimize, text -> ConfigSelector.create(options.with(Options.MINIMIZE_NUM_SMS, text)));
  }

  private static void requireHeader(Path in, @Nullable String header) {
    String wanted = String.join(",", BatchColumns.INPUTS);
    if (header == null || !(header + ",").startsWith(wanted + ",")) {
      throw new InputException(
          Problem.of(
              "DG-CSV-01",
              "%s begins with \"%s\"; the first line must name the columns: %s",
              in,
              header == null ? "" : header.substring(0, Math.min(200, header.length())),
              wanted));
    }
  }

  /** Looks at the content, not at the name, to tell gzip from plain text. */
  private static BufferedReader open(Path in) throws IOException {
    InputStream raw = new BufferedInputStream(Files.newInputStream(in));
    try {
      raw.mark(2);
      boolean gzip = raw.read() == 0x1f && raw.read() == 0x8b;
      raw.reset();
      InputStream text = gzip ? new GZIPInputStream(raw, 1 << 16) : raw;
      return new BufferedReader(new InputStreamReader(text, StandardCharsets.UTF_8));
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  private static Writer writer(Path out, OutputStream stream) throws IOException {
    OutputStream bytes =
        out.toString().endsWith(".gz") ? new GZIPOutputStream(stream, 1 << 16) : stream;
    return new BufferedWriter(new OutputStreamWriter(bytes, StandardCharsets.UTF_8));
  }
}
