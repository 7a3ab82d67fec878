package dev.deepgemm.cli.emulate;

import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.TensorMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A tensor map as text: {@code bf16,buffer=x,dims=64x128,strides=128,box=64x8,swizzle=128}.
 *
 * <p>Dimensions are written as {@link TensorMap} has them, innermost first; strides are in bytes and
 * begin with that of dimension 1. Without strides the tensor is dense, without swizzle it has none.
 */
final class TensorMapText {
  private static final Set<String> KEYS = Set.of("buffer", "dims", "strides", "box", "swizzle");
  private static final String LEGAL =
      "legal: map:u8|bf16|fp32,buffer=NAME,dims=INNERxOUTER,box=INNERxOUTER and, if wanted,"
          + " strides=BYTES, swizzle=0|32|64|128";

  private final String where;
  private final List<Problem> problems;
  private final Map<String, String> values = new LinkedHashMap<>();

  private TensorMapText(String where, List<Problem> problems) {
    this.where = where;
    this.problems = problems;
  }

  /**
   * Reads a tensor map; empty, and a problem or more, if it is not one.
   *
   * @param where the option it comes from
   * @param text what stands behind {@code map:}
   * @param buffers the buffers that have names
   * @param problems where problems go ({@code DG-CLI-37}, {@code DG-TMA-*})
   */
  static Optional<TensorMap> read(
      String where, String text, Map<String, EmulatedBuffer> buffers, List<Problem> problems) {
    return new TensorMapText(where, problems).read(text, buffers);
  }

  private Optional<TensorMap> read(String text, Map<String, EmulatedBuffer> buffers) {
    int before = problems.size();
    List<String> parts = List.of(text.split(",", -1));
    TensorMap.Element type = element(parts.get(0));
    parts.subList(1, parts.size()).forEach(this::pair);
    EmulatedBuffer buffer = buffer(buffers);
    List<Long> dims = numbers("dims", Long::valueOf);
    List<Integer> box = numbers("box", Integer::valueOf);
    TensorMap.Swizzle swizzle = swizzle();
    List<Long> strides =
        values.containsKey("strides") ? numbers("strides", Long::valueOf) : dense(dims, type);
    if (problems.size() > before || type == null || buffer == null || swizzle == null) {
      return Optional.empty();
    }
    try {
      TensorMap map =
          TensorMap.builder(type)
              .address(buffer.address())
              .dims(dims)
              .strides(strides)
              .box(box)
              .swizzle(swizzle)
              .build();
      if (fits(map, buffer)) {
        return Optional.of(map);
      }
    } catch (InvalidGemmException e) {
      e.problems().forEach(p -> problems.add(new Problem(p.id(), where + ": " + p.message())));
    }
    return Optional.empty();
  }

  private TensorMap.@Nullable Element element(String text) {
    for (TensorMap.Element element : TensorMap.Element.values()) {
      if (element.name().equalsIgnoreCase(text)) {
        return element;
      }
    }
    problem("\"%s\" is no element type; legal: u8 (FP8 travels as bytes), bf16, fp32", text);
    return null;
  }

  private void pair(String text) {
    int equals = text.indexOf('=');
    String key = equals < 0 ? text : text.substring(0, equals);
    if (equals < 0 || !KEYS.contains(key)) {
      problem("\"%s\" is no part of a tensor map; %s", text, LEGAL);
    } else if (values.putIfAbsent(key, text.substring(equals + 1)) != null) {
      problem("%s is there twice; name it once", key);
    }
  }

  private @Nullable EmulatedBuffer buffer(Map<String, EmulatedBuffer> buffers) {
    String name = values.get("buffer");
    if (name == null) {
      problem("buffer is missing; %s", LEGAL);
      return null;
    }
    EmulatedBuffer found = buffers.get(name);
    if (found == null) {
      problem(
          "there is no buffer \"%s\"; legal: %s. Declare it with --buffer %s=zeros:BYTES or the like",
          name, buffers.isEmpty() ? "none is declared" : String.join(", ", buffers.keySet()), name);
    }
    return found;
  }

  private TensorMap.@Nullable Swizzle swizzle() {
    String text = values.getOrDefault("swizzle", "0");
    for (TensorMap.Swizzle swizzle : TensorMap.Swizzle.values()) {
      if (text.equals(Integer.toString(swizzle.bytes()))) {
        return swizzle;
      }
    }
    problem("swizzle is \"%s\"; legal: 0, 32, 64, 128 bytes", text);
    return null;
  }

  private <T> List<T> numbers(String key, Function<String, T> read) {
    String text = values.get(key);
    if (text == null) {
      problem("%s is missing; %s", key, LEGAL);
      return List.of();
    }
    List<T> numbers = new ArrayList<>();
    for (String part : text.toLowerCase(Locale.ROOT).split("x", -1)) {
      try {
        numbers.add(read.apply(part));
      } catch (NumberFormatException e) {
        problem("%s is \"%s\"; legal: whole numbers with x between them, as 64x128", key, text);
        return List.of();
      }
    }
    return numbers;
  }

  private static List<Long> dense(List<Long> dims, TensorMap.@Nullable Element type) {
    List<Long> strides = new ArrayList<>();
    long bytes = type == null ? 1 : type.bytes();
    for (int i = 0; i + 1 < dims.size(); i++) {
      bytes *= dims.get(i); // if that overflows, the extent is refused for its size
      strides.add(bytes);
    }
    return strides;
  }

  /** A tensor that is larger than its buffer would fault wherever a copy reaches the end. */
  private boolean fits(TensorMap map, EmulatedBuffer buffer) {
    double end = (double) map.dims().get(0) * map.type().bytes();
    for (int i = 1; i < map.dims().size(); i++) {
      end += (double) (map.dims().get(i) - 1) * map.strides().get(i - 1);
    }
    if (end > buffer.bytes()) {
      problem(
          "the tensor ends at byte %,.0f of buffer %s, which has %,d; legal: dims and strides that"
              + " stay inside, or a larger buffer",
          end, values.get("buffer"), buffer.bytes());
      return false;
    }
    return true;
  }

  private void problem(String format, @Nullable Object... args) {
    problems.add(
        new Problem("DG-CLI-37", where + ": " + Problem.of("DG-CLI-37", format, args).message()));
  }
}
