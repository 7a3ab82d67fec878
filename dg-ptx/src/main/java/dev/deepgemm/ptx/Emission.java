package dev.deepgemm.ptx;

import java.lang.StackWalker.StackFrame;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The text of one kernel body while it grows: lines, the Java line behind each, and the next free
 * number of every register class and label. One instance per kernel, never shared: two threads emit
 * two kernels at once without knowing of each other.
 */
final class Emission {
  private final List<String> lines = new ArrayList<>();
  private final List<String> origins = new ArrayList<>();
  private final CallSites callers = new CallSites();
  private final List<Tracked<?>> books = new ArrayList<>();
  private final IsaFeature.Target target;
  private int b32;
  private int b64;
  private int f32;
  private int pred;
  private int label;
  private int version;

  Emission(IsaFeature.Target target) {
    this.target = target;
    this.version = target.version();
  }

  /** An instruction of that family is about to be emitted. */
  void require(IsaFeature feature) {
    feature.check(target);
    version = Math.max(version, feature.version());
  }

  /** Whether the target has that family, in every version of the PTX ISA that knows the target. */
  boolean offers(IsaFeature feature) {
    return feature.isIn(target) && feature.version() <= target.version();
  }

  /** The version of the PTX ISA that everything emitted so far needs, ten times. */
  int version() {
    return version;
  }

  /** The next name of a 32-bit register; addresses of shared memory are such registers too. */
  String nameB32() {
    return "%r" + b32++;
  }

  /** The next name of a 64-bit register. */
  String nameB64() {
    return "%rd" + b64++;
  }

  /** The next name of a float register. */
  String nameF32() {
    return "%f" + f32++;
  }

  /** The next name of a predicate register. */
  String namePred() {
    return "%p" + pred++;
  }

  /** A fresh label. */
  String label(String stem) {
    return "$" + stem + "_" + label++;
  }

  /** Emits an instruction whose result is a new 32-bit register. */
  U32 u32(String op, Object... operands) {
    return result(new U32(nameB32()), op, operands);
  }

  /** Emits an instruction whose result is a new 64-bit register. */
  U64 u64(String op, Object... operands) {
    return result(new U64(nameB64()), op, operands);
  }

  /** Emits an instruction whose result is a new float register. */
  F32 f32(String op, Object... operands) {
    return result(new F32(nameF32()), op, operands);
  }

  /** Emits an instruction whose result is a new predicate. */
  Pred pred(String op, Object... operands) {
    return result(new Pred(namePred()), op, operands);
  }

  /** Emits an instruction whose result is an address of shared memory. */
  SmemAddress smem(String op, Object... operands) {
    return result(new SmemAddress(nameB32()), op, operands);
  }

  /** Emits an instruction with that register as its destination. */
  <R extends Reg> R result(R destination, String op, Object... operands) {
    instruction(op + " " + destination + ",", operands);
    return destination;
  }

  /** Emits an instruction: its operands, separated by commas. */
  void instruction(String op, Object... operands) {
    StringBuilder text = new StringBuilder("\t").append(op);
    String before = " ";
    for (Object operand : operands) {
      text.append(before).append(operand);
      before = ", ";
    }
    line(text.append(';').toString());
  }

  /** Lets control flow know of a cell. */
  void track(Tracked<?> cell) {
    books.add(cell);
  }

  /** What is known here. */
  Tracked.Snapshot snapshot() {
    return new Tracked.Snapshot(books);
  }

  /** Appends one line and notes the first caller outside the DSL. */
  void line(String text) {
    lines.add(text);
    origins.add(callers.here());
  }

  List<String> lines() {
    return lines;
  }

  List<String> origins() {
    return origins;
  }

  /** Declarations of every register that was handed out. */
  List<String> declarations() {
    List<String> found = new ArrayList<>();
    declare(found, ".pred", "%p", pred);
    declare(found, ".b32", "%r", b32);
    declare(found, ".b64", "%rd", b64);
    declare(found, ".f32", "%f", f32);
    return found;
  }

  private static void declare(List<String> to, String type, String prefix, int count) {
    if (count > 0) {
      to.add("\t.reg " + type + " " + prefix + "<" + count + ">;");
    }
  }

  /**
   * The line of Java behind each line of PTX: the first caller outside the DSL.
   *
   * <p>Why with care: a kernel has about a thousand lines, and the first one is emitted while somebody
   * waits for a token. Asking a frame for its line number builds a stack trace element and costs more than
   * finding the frame; kernels unroll, so a few hundred places emit all of those lines. A place is
   * therefore described once, by class, method and position in the bytecode, which are free to ask for.
   * Measured over 25 kernels in a fresh JVM: 5 ms per kernel when each line was described, 1 ms so.
   */
  private static final class CallSites {
    private static final String DSL = CallSites.class.getPackageName();

    // The DSL is up to eight calls deep; frames come from the VM in batches of this size.
    private static final int DEPTH = 10;

    private final StackWalker walker = StackWalker.getInstance(Set.of(), DEPTH);
    private final Map<String, String> described = new HashMap<>();

    /** Where the code that is being emitted was asked for, as {@code Class.method(File.java:12)}. */
    String here() {
      return walker.walk(this::first);
    }

    /** An iterator, not a pipeline of the stream: this runs once per line of every kernel. */
    private String first(Stream<StackFrame> frames) {
      for (Iterator<StackFrame> it = frames.iterator(); it.hasNext(); ) {
        StackFrame frame = it.next();
        String type = frame.getClassName();
        if (!type.startsWith(DSL) && !type.startsWith("java.")) {
          String place = type + '.' + frame.getMethodName() + '@' + frame.getByteCodeIndex();
          String known = described.get(place);
          if (known == null) {
            known = describe(type, frame);
            described.put(place, known);
          }
          return known;
        }
      }
      return "";
    }

    private static String describe(String type, StackFrame frame) {
      return type.substring(type.lastIndexOf('.') + 1)
          + "."
          + frame.getMethodName()
          + "("
          + frame.getFileName()
          + ":"
          + frame.getLineNumber()
          + ")";
    }
  }
}
