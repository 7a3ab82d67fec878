package dev.deepgemm.measure.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.api.Problem;
import dev.deepgemm.workloads.files.InputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A program that times other people's kernels, in a process of its own on the same device.
 *
 * <p>Ours and the peers' are timed in turn, shape by shape and round by round, because clocks follow the
 * temperature and the power of the last seconds: two tables measured one after the other differ by more
 * than the kernels do. The program is asked on its standard input and answers on its standard output, one
 * line of JSON each, so it may be written in anything; {@code benchmark/peer.py} asks PyTorch.
 *
 * <pre>
 *   (first)  {"peer": "PyTorch 2.11.0+cu130", ...}
 *   ask      {"dtype": "fp8", "m": 64, "n": 4096, "k": 7168, "sets": 8, "launches": 16, "replays": 5}
 *   answer   {"results": {"cublaslt_fp8_block_scaled": {"micros": [22.5, 22.4, ...]},
 *                         "cublaslt_fp8_per_tensor": {"error": "why not"}}}
 * </pre>
 */
public final class PeerProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(150);
  private static final String END = "";

  private final Process process;
  private final Writer asks;
  private final BlockingQueue<String> answers = new ArrayBlockingQueue<>(64);
  private final ObjectMapper mapper = new ObjectMapper();
  private final Duration patience;
  private @Nullable String broken;
  private @Nullable JsonNode about;

  private PeerProcess(Process process, Duration patience) {
    this.process = process;
    this.patience = patience;
    this.asks = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
    Thread reader = new Thread(this::read, "peer");
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * What one peer said of one product.
   *
   * @param micros times of one launch; empty if there are none
   * @param note why there are none, or how the job differs; null if there is nothing to say
   */
  record Answer(double[] micros, @Nullable String note) {}

  /**
   * Starts the program; what it complains of goes to this process's error stream.
   *
   * @param command for the shell
   * @throws InputException if there is no shell ({@code DG-BENCH-05})
   */
  public static PeerProcess start(String command) {
    return start(command, PATIENCE);
  }

  public static PeerProcess start(String command, Duration patience) {
    try {
      return new PeerProcess(
          new ProcessBuilder("sh", "-c", "exec " + command)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start(),
          patience);
    } catch (IOException e) {
      throw new InputException(
          Problem.of("DG-BENCH-05", "the peer \"%s\" cannot be started: %s", command, e), e);
    }
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("{")) {
          answers.put(line);
        }
      }
      answers.put(END);
    } catch (IOException e) {
      answers.offer(END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What the peer is: its first line. */
  public JsonNode about() {
    if (about == null) {
      JsonNode first = next();
      about = first == null ? JsonNodeFactory.instance.nullNode() : first;
    }
    return about;
  }

  /** Times of the peers of a product, by name; a peer that is broken has no times, and says why. */
  Map<String, Answer> time(BenchCase one, int sets, int launches, int replays) {
    about();
    Map<String, Answer> times = new LinkedHashMap<>();
    ObjectNode ask =
        JsonNodeFactory.instance
            .objectNode()
            .put("dtype", one.kind().word())
            .put("m", one.shape().m())
            .put("n", one.shape().n())
            .put("k", one.shape().k())
            .put("sets", sets)
            .put("launches", launches)
            .put("replays", replays);
    JsonNode answer = broken == null ? exchange(ask) : null;
    for (String peer : one.kind().peers()) {
      if (answer != null && answer.hasNonNull("error")) {
        times.put(peer, new Answer(new double[0], answer.get("error").asText()));
      } else {
        times.put(peer, answer(answer == null ? null : answer.path("results").path(peer)));
      }
    }
    return times;
  }

  private Answer answer(@Nullable JsonNode result) {
    if (result == null) {
      return new Answer(new double[0], broken);
    }
    JsonNode times = result.path("micros");
    double[] micros = new double[times.size()];
    for (int i = 0; i < micros.length; i++) {
      micros[i] = times.get(i).asDouble();
    }
    String note = result.hasNonNull("error") ? result.get("error").asText() : null;
    return new Answer(
        micros, note == null && result.hasNonNull("note") ? result.get("note").asText() : note);
  }

  private @Nullable JsonNode exchange(ObjectNode ask) {
    try {
      asks.write(mapper.writeValueAsString(ask) + "\n");
      asks.flush();
    } catch (IOException e) {
      broken = "it takes no questions: " + e.getMessage();
      return null;
    }
    return next();
  }

  private @Nullable JsonNode next() {
    try {
      String line = answers.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (line == null) {
        broken = "no answer within " + patience.toSeconds() + " s";
        process.destroyForcibly();
      } else if (line.equals(END)) {
        broken = "it ended";
      } else {
        return mapper.readTree(line);
      }
    } catch (JsonProcessingException e) {
      broken = "an answer that is no JSON";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      broken = "interrupted";
    }
    return null;
  }

  @Override
  public void close() {
    try {
      asks.close();
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
