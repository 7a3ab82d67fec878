package dev.deepgemm.measure.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Clocks and power of a device over time, as {@code nvidia-smi} tells them, for the record: a large
 * product is limited by the board's power, and two runs at different clocks cannot be compared. Where
 * there is no such program, nothing is recorded.
 *
 * <p>Samples carry the program's own time stamps, because its output may come late.
 */
public final class DeviceMonitor implements AutoCloseable {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyy/MM/dd HH:mm:ss.SSS", Locale.ROOT);
  private static final int PERIOD_MILLIS = 250;

  /** One look at the device. */
  public record Sample(
      long epochMillis, double smMhz, double memoryMhz, double watts, double celsius) {

    /** A line of output; empty if it is none, such as where a figure is not supported. */
    public static Optional<Sample> of(String line) {
      String[] cells = line.split(",");
      if (cells.length != 5) {
        return Optional.empty();
      }
      try {
        return Optional.of(
            new Sample(
                LocalDateTime.parse(cells[0].strip(), STAMP)
                    .atZone(ZoneId.systemDefault())
                    .toInstant()
                    .toEpochMilli(),
                Double.parseDouble(cells[1].strip()),
                Double.parseDouble(cells[2].strip()),
                Double.parseDouble(cells[3].strip()),
                Double.parseDouble(cells[4].strip())));
      } catch (DateTimeParseException | NumberFormatException e) {
        return Optional.empty();
      }
    }
  }

  private final List<Sample> samples = new ArrayList<>();
  private final @Nullable Process process;
  private final @Nullable Thread reader;

  private DeviceMonitor(@Nullable Process process) {
    this.process = process;
    this.reader = process == null ? null : new Thread(() -> read(process), "nvidia-smi");
    if (reader != null) {
      reader.setDaemon(true);
      reader.start();
    }
  }

  /** Watches a device until closed. */
  public static DeviceMonitor start(int ordinal) {
    try {
      Process started =
          new ProcessBuilder(
                  "nvidia-smi",
                  "-i",
                  Integer.toString(ordinal),
                  "--query-gpu=timestamp,clocks.sm,clocks.mem,power.draw,temperature.gpu",
                  "--format=csv,noheader,nounits",
                  "--loop-ms=" + PERIOD_MILLIS)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      started.getOutputStream().close();
      return new DeviceMonitor(started);
    } catch (IOException e) {
      return none();
    }
  }

  /** Watches nothing. */
  public static DeviceMonitor none() {
    return new DeviceMonitor(null);
  }

  private void read(Process from) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(from.getInputStream(), StandardCharsets.US_ASCII))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Sample.of(line).ifPresent(this::add);
      }
    } catch (IOException e) {
      // It was stopped while a line was read; what came before is kept.
    }
  }

  public synchronized void add(Sample sample) {
    samples.add(sample);
  }

  /** The samples of a span of time; the one closest to its middle if none lies in it. */
  public synchronized List<Sample> between(long fromMillis, long toMillis) {
    List<Sample> inside =
        samples.stream()
            .filter(
                sample -> sample.epochMillis() >= fromMillis && sample.epochMillis() <= toMillis)
            .toList();
    if (!inside.isEmpty() || samples.isEmpty()) {
      return inside;
    }
    long middle = (fromMillis + toMillis) / 2;
    return samples.stream()
        .min(Comparator.comparingLong(sample -> Math.abs(sample.epochMillis() - middle)))
        .map(List::of)
        .orElseGet(List::of);
  }

  @Override
  public void close() {
    if (process == null || reader == null) {
      return;
    }
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      reader.join(1000);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
