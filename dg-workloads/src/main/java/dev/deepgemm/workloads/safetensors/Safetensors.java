package dev.deepgemm.workloads.safetensors;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Problem;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.workloads.files.AtomicFile;
import dev.deepgemm.workloads.files.InputException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file: eight bytes with the length of the header (little endian), the header, and the
 * tensors one behind the other.
 *
 * <p>Only the header is kept; a tensor is read when it is asked for, in one pass, so files may be larger
 * than memory as long as the tensors that are wanted are not.
 */
public final class Safetensors implements AutoCloseable {
  /** What the format's own library accepts. */
  private static final long MOST_HEADER_BYTES = 100_000_000;

  private static final int LENGTH_BYTES = 8;
  private static final int BUFFER = 4 << 20;

  private final Path file;
  private final FileChannel channel;
  private final long dataStart;
  private final Map<String, TensorInfo> tensors;

  private Safetensors(
      Path file, FileChannel channel, long dataStart, Map<String, TensorInfo> tensors) {
    this.file = file;
    this.channel = channel;
    this.dataStart = dataStart;
    this.tensors = tensors;
  }

  /**
   * Opens a file and checks its header.
   *
   * @throws InputException if it cannot be read ({@code DG-FILE-01}) or is not a legal safetensors file
   *     ({@code DG-FILE-02} to {@code DG-FILE-06})
   */
  public static Safetensors open(Path file) {
    FileChannel channel = null;
    try {
      if (!Files.isRegularFile(file)) {
        throw new InputException(Problem.of("DG-FILE-01", "%s is not a file", file));
      }
      channel = FileChannel.open(file, StandardOpenOption.READ);
      byte[] header = header(file, channel);
      long dataStart = LENGTH_BYTES + (long) header.length;
      Safetensors opened =
          new Safetensors(
              file,
              channel,
              dataStart,
              SafetensorsHeader.parse(header, channel.size() - dataStart));
      channel = null;
      return opened;
    } catch (IOException e) {
      throw unreadable(file, e);
    } finally {
      closeQuietly(channel);
    }
  }

  private static byte[] header(Path file, FileChannel channel) throws IOException {
    long size = channel.size();
    ByteBuffer length = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (size < LENGTH_BYTES) {
      throw new InputException(
          Problem.of(
              "DG-FILE-02", "%s has %d bytes; a safetensors file has 8 and a header", file, size));
    }
    readFully(channel, length, 0);
    long bytes = length.getLong(0);
    if (bytes < 2 || bytes > MOST_HEADER_BYTES || bytes > size - LENGTH_BYTES) {
      throw new InputException(
          Problem.of(
              "DG-FILE-02",
              "%s begins with a header length of %s; legal: 2 to %,d, the rest of the file. It is not"
                  + " a safetensors file, or it is truncated",
              file,
              Long.toUnsignedString(bytes),
              Math.min(MOST_HEADER_BYTES, size - LENGTH_BYTES)));
    }
    ByteBuffer header = ByteBuffer.allocate((int) bytes);
    readFully(channel, header, LENGTH_BYTES);
    return header.array();
  }

  /** The tensor of that name. */
  public Optional<TensorInfo> tensor(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /** The names of all tensors. */
  public Iterable<String> names() {
    return tensors.keySet();
  }

  /**
   * Reads a matrix whose type and extents were checked; its rows are padded in memory to whole 16
   * bytes.
   *
   * @throws InputException if the file cannot be read, or ends early ({@code DG-FILE-01})
   */
  public HostMatrix read(TensorInfo tensor, DataType type) {
    HostMatrix matrix =
        HostMatrix.padded(
            type, Math.toIntExact(tensor.shape().get(0)), Math.toIntExact(tensor.shape().get(1)));
    int rowBytes = matrix.cols() * type.bytes();
    try {
      channel.position(dataStart + tensor.begin());
      InputStream in = new BufferedInputStream(Channels.newInputStream(channel), BUFFER);
      for (int row = 0; row < matrix.rows(); row++) {
        int got = in.readNBytes(matrix.chunkOf(row), matrix.offsetInChunk(row), rowBytes);
        if (got < rowBytes) {
          throw new EOFException("it ends inside tensor " + tensor.name());
        }
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    return matrix;
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }

  /**
   * Writes a file with one tensor. It appears under its name when it is complete, not before; if anything fails, what was there is still there.
   *
   * @throws InputException if it cannot be written ({@code DG-CLI-24})
   */
  public static void write(Path file, String name, HostMatrix matrix) {
    String dtype = matrix.type() == DataType.BF16 ? "BF16" : "F32";
    int rowBytes = matrix.cols() * matrix.type().bytes();
    ObjectNode header = JsonNodeFactory.instance.objectNode();
    ObjectNode tensor = header.putObject(name).put("dtype", dtype);
    tensor.putArray("shape").add(matrix.rows()).add(matrix.cols());
    tensor.putArray("data_offsets").add(0).add((long) matrix.rows() * rowBytes);
    String json = header.toString();
    // Spaces at the end keep the data aligned to 8 bytes, as the format recommends.
    byte[] text = (json + " ".repeat(-json.length() & 7)).getBytes(StandardCharsets.UTF_8);
    try (AtomicFile target = AtomicFile.open(file)) {
      OutputStream out = new BufferedOutputStream(target.stream(), BUFFER);
      out.write(
          ByteBuffer.allocate(LENGTH_BYTES)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(text.length)
              .array());
      out.write(text);
      for (int row = 0; row < matrix.rows(); row++) {
        out.write(matrix.chunkOf(row), matrix.offsetInChunk(row), rowBytes);
      }
      out.flush();
      target.publish();
    } catch (IOException e) {
      throw AtomicFile.unwritable(file, reason(e));
    }
  }

  private static void readFully(FileChannel channel, ByteBuffer buffer, long at)
      throws IOException {
    long position = at;
    while (buffer.hasRemaining()) {
      int got = channel.read(buffer, position);
      if (got < 0) {
        throw new EOFException("it ends early");
      }
      position += got;
    }
  }

  private static InputException unreadable(Path file, IOException cause) {
    return new InputException(
        Problem.of("DG-FILE-01", "%s cannot be read: %s", file, reason(cause)), cause);
  }

  private static String reason(IOException e) {
    return e.getClass().getSimpleName() + " " + e.getMessage();
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        debug("a file that was read does not close", e);
      }
    }
  }

  private static void debug(String what, IOException e) {
    System.getLogger(Safetensors.class.getName()).log(System.Logger.Level.DEBUG, what, e);
  }
}
