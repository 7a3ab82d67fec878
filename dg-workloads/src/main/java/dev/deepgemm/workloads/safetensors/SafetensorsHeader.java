package dev.deepgemm.workloads.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.deepgemm.api.Problem;
import dev.deepgemm.workloads.files.InputException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The header of a safetensors file: JSON that maps names of tensors to type, shape and place.
 *
 * <p>Files come from strangers, so nothing in the header is believed before it is checked: sizes follow
 * from types and shapes, tensors lie inside the file, do not overlap and leave no holes (where a second,
 * hidden payload could lie). The header is read token by token and never becomes a tree, so that a
 * header of many megabytes of brackets costs time but no memory.
 */
public final class SafetensorsHeader {
  /** Bits per element of the types that the format has; newer ones are left alone unless needed. */
  private static final Map<String, Integer> BITS =
      Map.ofEntries(
          Map.entry("BOOL", 8),
          Map.entry("U8", 8),
          Map.entry("I8", 8),
          Map.entry("F8_E4M3", 8),
          Map.entry("F8_E5M2", 8),
          Map.entry("F8_E8M0", 8),
          Map.entry("U16", 16),
          Map.entry("I16", 16),
          Map.entry("F16", 16),
          Map.entry("BF16", 16),
          Map.entry("U32", 32),
          Map.entry("I32", 32),
          Map.entry("F32", 32),
          Map.entry("U64", 64),
          Map.entry("I64", 64),
          Map.entry("F64", 64),
          Map.entry("C64", 64));

  private static final String METADATA = "__metadata__";
  private static final int MOST_PROBLEMS = 20;

  private final List<Problem> problems = new ArrayList<>();
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

  private SafetensorsHeader() {}

  /**
   * The tensors that a header describes, by name, in its order.
   *
   * @param json the header
   * @param dataBytes size of the file behind the header
   * @throws InputException with everything that is wrong ({@code DG-FILE-03} to {@code DG-FILE-06})
   */
  static Map<String, TensorInfo> parse(byte[] json, long dataBytes) {
    SafetensorsHeader header = new SafetensorsHeader();
    JsonFactory factory =
        JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
    try (JsonParser parser = factory.createParser(json)) {
      header.read(parser);
    } catch (JsonProcessingException e) {
      header.add(
          "DG-FILE-03",
          "the header is not legal JSON: %s (byte %,d)",
          e.getOriginalMessage(),
          e.getLocation() == null ? 0 : e.getLocation().getByteOffset());
    } catch (IOException e) {
      header.add("DG-FILE-03", "the header is not legal JSON: %s", e.getMessage());
    }
    if (header.problems.isEmpty()) {
      header.checkPlaces(dataBytes);
    }
    InputException.throwIfAny(header.problems);
    return header.tensors;
  }

  private void add(String id, String format, @Nullable Object... args) {
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(Problem.of(id, format, args));
    }
  }

  private void read(JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      add("DG-FILE-03", "the header is %s; legal: a JSON object", parser.currentToken());
      return;
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      if (name.equals(METADATA)) {
        readMetadata(parser);
      } else {
        readTensor(name, parser);
      }
    }
    if (parser.nextToken() != null) {
      add("DG-FILE-03", "something follows the header's JSON object");
    }
  }

  private void readMetadata(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      add("DG-FILE-04", "%s is not an object", METADATA);
      parser.skipChildren();
      return;
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      if (parser.nextToken() != JsonToken.VALUE_STRING) {
        add("DG-FILE-04", "%s holds something that is not a string", METADATA);
        parser.skipChildren();
      }
    }
  }

  private void readTensor(String name, JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      add("DG-FILE-04", "tensor \"%s\" is not described by an object", shown(name));
      parser.skipChildren();
      return;
    }
    String dtype = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      if (key.equals("dtype") && value == JsonToken.VALUE_STRING) {
        dtype = parser.getText();
      } else if (key.equals("shape")) {
        shape = naturals(parser, 64);
      } else if (key.equals("data_offsets")) {
        offsets = naturals(parser, 2);
      } else {
        parser.skipChildren();
      }
    }
    if (dtype == null || shape == null || offsets == null || offsets.size() != 2) {
      add(
          "DG-FILE-04",
          "tensor \"%s\" needs a dtype (string), a shape (integers from 0) and data_offsets (two"
              + " integers from 0); wrong or missing: %s",
          shown(name),
          dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets");
      return;
    }
    tensors.put(name, new TensorInfo(name, dtype, shape, offsets.get(0), offsets.get(1)));
  }

  /** An array of at most {@code limit} integers from 0; null if it is anything else. */
  private static @Nullable List<Long> naturals(JsonParser parser, int limit) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return null;
    }
    List<Long> values = new ArrayList<>();
    boolean legal = true;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
          && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
          && parser.getLongValue() >= 0
          && values.size() < limit) {
        values.add(parser.getLongValue());
      } else {
        legal = false;
        parser.skipChildren();
      }
    }
    return legal ? values : null;
  }

  private void checkPlaces(long dataBytes) {
    Map<String, Long> sizes = new HashMap<>();
    for (TensorInfo tensor : tensors.values()) {
      if (tensor.begin() > tensor.end() || tensor.end() > dataBytes) {
        add(
            "DG-FILE-05",
            "tensor \"%s\" lies at bytes %,d to %,d of the data; legal: within 0 to %,d (is the file"
                + " truncated?)",
            shown(tensor.name()),
            tensor.begin(),
            tensor.end(),
            dataBytes);
        continue;
      }
      Integer bits = BITS.get(tensor.dtype());
      if (bits == null) {
        continue;
      }
      long bytes = bytes(tensor.shape(), bits / 8);
      sizes.put(tensor.name(), bytes);
      if (bytes != tensor.end() - tensor.begin()) {
        add(
            "DG-FILE-05",
            "tensor \"%s\" is %s and has %,d bytes; it needs %s",
            shown(tensor.name()),
            tensor,
            tensor.end() - tensor.begin(),
            bytes < 0 ? "more than 2^63" : String.format("%,d", bytes));
      }
    }
    if (!problems.isEmpty()) {
      return;
    }
    List<TensorInfo> inOrder = new ArrayList<>(tensors.values());
    inOrder.sort(Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end));
    long expected = 0;
    for (TensorInfo tensor : inOrder) {
      if (tensor.begin() != expected) {
        add(
            "DG-FILE-06",
            "tensor \"%s\" begins at byte %,d of the data; legal: %,d, where the one before it ends"
                + " (%s)",
            shown(tensor.name()),
            tensor.begin(),
            expected,
            tensor.begin() < expected ? "they overlap" : "there is a hole");
      }
      expected = Math.max(expected, tensor.end());
    }
    if (expected != dataBytes) {
      add(
          "DG-FILE-06",
          "the tensors end at byte %,d of the data, the file at %,d; legal: the same",
          expected,
          dataBytes);
    }
  }

  /** Bytes of a tensor; -1 if they do not fit a long. */
  private static long bytes(List<Long> shape, int elementBytes) {
    if (shape.contains(0L)) {
      return 0;
    }
    try {
      long bytes = elementBytes;
      for (long extent : shape) {
        bytes = Math.multiplyExact(bytes, extent);
      }
      return bytes;
    } catch (ArithmeticException e) {
      return -1;
    }
  }

  /** A name as it can be shown: names come from the file, and may be anything. */
  public static String shown(String name) {
    String printable = name.replaceAll("\\p{Cntrl}", "?");
    return printable.length() <= 80 ? printable : printable.substring(0, 80) + "...";
  }
}
