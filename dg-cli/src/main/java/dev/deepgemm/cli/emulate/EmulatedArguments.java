package dev.deepgemm.cli.emulate;

import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.emulator.DeviceMemory;
import dev.deepgemm.workloads.files.AtomicFile;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a foreign kernel, read from {@code --buffer} and {@code --arg}, and the device
 * memory that they point to.
 *
 * <p>A launch carries addresses, 32-bit integers and tensor maps. The other scalars travel as the one
 * of their size, bit by bit: parameter space has bytes, not types.
 *
 * <p>Problems are collected, so that one call tells them all; what has a problem is left out.
 */
final class EmulatedArguments {
  /** What may stand in front of the colon. */
  static final String KINDS =
      "u32:N, s32:N, f32:X, u64:N, s64:N, f64:X, buf:FILE, inout:FILE=OUT, zeros:BYTES[=OUT],"
          + " poison:BYTES[=OUT], ptr:NAME, map:TYPE,buffer=NAME,...";

  private static final String BUFFER_KINDS =
      "buf:FILE, inout:FILE=OUT, zeros:BYTES[=OUT], poison:BYTES[=OUT]";

  /** Buffers keep a byte of state per byte, and a file is there twice while it is read. */
  private static final int HEAP_PER_BYTE = 4;

  private final DeviceMemory memory = new DeviceMemory();
  private final Map<String, EmulatedBuffer> named = new LinkedHashMap<>();
  private final List<EmulatedBuffer> buffers = new ArrayList<>();
  private final Set<Path> outputs = new HashSet<>();
  private final List<Problem> problems;
  private final long limit = Runtime.getRuntime().maxMemory() / HEAP_PER_BYTE;
  private long allocated;

  /** No arguments yet; {@code problems} gets what is wrong with those to come. */
  EmulatedArguments(List<Problem> problems) {
    this.problems = problems;
  }

  /** The device memory. */
  DeviceMemory memory() {
    return memory;
  }

  /** All buffers, in the order in which they were asked for. */
  List<EmulatedBuffer> buffers() {
    return buffers;
  }

  /** Declares a buffer: {@code NAME=KIND:...}. */
  void declare(String text) {
    String where = "--buffer " + text;
    int equals = text.indexOf('=');
    String name = equals < 0 ? "" : text.substring(0, equals);
    if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
      problem(
          "DG-CLI-38",
          "%s has no name; legal: NAME=KIND:..., where a name has letters, digits and _",
          where);
    } else if (named.containsKey(name)) {
      problem("DG-CLI-38", "%s: there is a buffer %s already; choose another name", where, name);
    } else {
      Term term = Term.of(text.substring(equals + 1));
      EmulatedBuffer buffer = null;
      if (term == null || !term.isBuffer()) {
        problem("DG-CLI-33", "%s is no buffer; legal behind the name: %s", where, BUFFER_KINDS);
      } else {
        buffer = buffer(where, term);
      }
      if (buffer != null) {
        named.put(name, buffer);
      }
    }
  }

  /** Reads an argument; empty if it has a problem. */
  Optional<KernelArg> argument(String text) {
    String where = "--arg " + text;
    Term term = Term.of(text);
    if (term == null) {
      problem("DG-CLI-33", "%s is no argument; legal: %s", where, KINDS);
      return Optional.empty();
    }
    return switch (term.kind) {
      case "u32", "s32" ->
          integer(where, term, 32).map(value -> new KernelArg.Int(value.intValue()));
      case "u64", "s64" ->
          integer(where, term, 64).map(value -> new KernelArg.Address(value.longValue()));
      case "f32" ->
          real(where, term)
              .map(value -> new KernelArg.Int(Float.floatToRawIntBits(value.floatValue())));
      case "f64" ->
          real(where, term).map(value -> new KernelArg.Address(Double.doubleToRawLongBits(value)));
      case "ptr" -> pointer(where, term.rest);
      case "map" -> TensorMapText.read(where, term.rest, named, problems).map(KernelArg.Map::new);
      default -> {
        if (!term.isBuffer()) {
          problem("DG-CLI-33", "%s: there is no kind %s; legal: %s", where, term.kind, KINDS);
          yield Optional.empty();
        }
        yield Optional.ofNullable(buffer(where, term))
            .map(buffer -> new KernelArg.Address(buffer.address()));
      }
    };
  }

  /** {@code KIND:REST}. */
  private record Term(String kind, String rest) {
    static @Nullable Term of(String text) {
      int colon = text.indexOf(':');
      return colon < 1 ? null : new Term(text.substring(0, colon), text.substring(colon + 1));
    }

    boolean isBuffer() {
      return Set.of("buf", "inout", "zeros", "poison").contains(kind);
    }
  }

  private Optional<KernelArg> pointer(String where, String name) {
    EmulatedBuffer found = named.get(name);
    if (found == null) {
      problem(
          "DG-CLI-38",
          "%s: there is no such buffer; legal: %s",
          where,
          named.isEmpty() ? "a name that --buffer declares" : String.join(", ", named.keySet()));
      return Optional.empty();
    }
    return Optional.of(new KernelArg.Address(found.address()));
  }

  private Optional<BigInteger> integer(String where, Term term, int bits) {
    boolean signed = term.kind.startsWith("s");
    BigInteger least = signed ? BigInteger.TWO.pow(bits - 1).negate() : BigInteger.ZERO;
    BigInteger most = BigInteger.TWO.pow(signed ? bits - 1 : bits).subtract(BigInteger.ONE);
    BigInteger value = number(term.rest);
    if (value == null || value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      problem(
          "DG-CLI-34",
          "%s: legal are whole numbers from %d to %d, decimal or 0x...",
          where,
          least,
          most);
      return Optional.empty();
    }
    return Optional.of(value);
  }

  private static @Nullable BigInteger number(String text) {
    try {
      boolean hex = text.matches("0[xX][0-9a-fA-F]+");
      return hex ? new BigInteger(text.substring(2), 16) : new BigInteger(text);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private Optional<Double> real(String where, Term term) {
    boolean single = term.kind.equals("f32");
    switch (term.rest) {
      case "inf":
        return Optional.of(Double.POSITIVE_INFINITY);
      case "-inf":
        return Optional.of(Double.NEGATIVE_INFINITY);
      case "nan":
        return Optional.of(Double.NaN);
      default:
        break;
    }
    try {
      // Through Float, so that a decimal number is rounded once.
      double value = single ? Float.parseFloat(term.rest) : Double.parseDouble(term.rest);
      if (Double.isFinite(value)) {
        return Optional.of(value);
      }
    } catch (NumberFormatException e) {
      // told below
    }
    problem(
        "DG-CLI-34",
        "%s: legal are finite numbers of binary%d, inf, -inf and nan",
        where,
        single ? 32 : 64);
    return Optional.empty();
  }

  private @Nullable EmulatedBuffer buffer(String where, Term term) {
    boolean fromFile = term.kind.equals("buf") || term.kind.equals("inout");
    // A path may contain '=', and then it is the last one that counts.
    int equals = term.kind.equals("buf") ? -1 : term.rest.lastIndexOf('=');
    String source = equals < 0 ? term.rest : term.rest.substring(0, equals);
    if (term.kind.equals("inout") && equals < 0) {
      problem("DG-CLI-33", "%s names no file to write; legal: inout:FILE=OUT, or buf:FILE", where);
    }
    Path out = equals < 0 ? null : output(where, term.rest.substring(equals + 1));
    byte[] content = fromFile ? content(where, source) : null;
    OptionalInt bytes = fromFile ? OptionalInt.empty() : size(where, source);
    if (content == null && bytes.isEmpty()) {
      return null;
    }
    long address;
    if (content != null) {
      address = memory.allocate(content);
    } else if (term.kind.equals("zeros")) {
      address = memory.allocate(new byte[bytes.getAsInt()]);
    } else {
      address = memory.allocate(bytes.getAsInt());
      memory.poison(address, bytes.getAsInt());
    }
    int length = content == null ? bytes.getAsInt() : content.length;
    EmulatedBuffer buffer = new EmulatedBuffer(where, address, length, out);
    buffers.add(buffer);
    return buffer;
  }

  private byte @Nullable [] content(String where, String file) {
    try {
      Path path = Path.of(file);
      long size = Files.size(path);
      if (Files.isRegularFile(path) && reserve(where, BigInteger.valueOf(size))) {
        return Files.readAllBytes(path);
      } else if (!Files.isRegularFile(path)) {
        problem("DG-CLI-35", "%s: %s is not a regular file; name one", where, file);
      }
    } catch (IOException | InvalidPathException e) {
      problem("DG-CLI-35", "%s: %s cannot be read: %s. Name a file that is there", where, file, e);
    }
    return null;
  }

  private OptionalInt size(String where, String text) {
    BigInteger size = number(text);
    if (size == null) {
      problem("DG-CLI-34", "%s: \"%s\" is no size; legal: a number of bytes", where, text);
      return OptionalInt.empty();
    }
    return reserve(where, size) ? OptionalInt.of(size.intValue()) : OptionalInt.empty();
  }

  /** Counts a buffer's bytes; false, and a problem, if there may not be so many. */
  private boolean reserve(String where, BigInteger bytes) {
    long most = Math.min(limit - allocated, Integer.MAX_VALUE - 64);
    if (bytes.signum() < 1 || bytes.compareTo(BigInteger.valueOf(most)) > 0) {
      problem(
          "DG-CLI-35",
          "%s: %,d bytes; legal: 1 to %,d, what the Java heap has room for behind the buffers in"
              + " front (java -Xmx raises it)",
          where,
          bytes,
          most);
      return false;
    }
    allocated += bytes.longValueExact();
    return true;
  }

  private @Nullable Path output(String where, String file) {
    try {
      Path path = Path.of(file);
      Optional<Problem> obstacle =
          file.isEmpty()
              ? Optional.of(Problem.of("DG-CLI-33", "%s: the file behind = has no name", where))
              : AtomicFile.obstacle(path);
      obstacle.ifPresent(problems::add);
      if (obstacle.isEmpty() && !outputs.add(path.toAbsolutePath().normalize())) {
        problem("DG-CLI-39", "%s: another buffer is written to %s; name two files", where, file);
      }
      return path;
    } catch (InvalidPathException e) {
      problem("DG-CLI-24", "%s: %s is no name of a file: %s", where, file, e);
      return null;
    }
  }

  private void problem(String id, String format, Object... args) {
    problems.add(Problem.of(id, format, args));
  }
}
