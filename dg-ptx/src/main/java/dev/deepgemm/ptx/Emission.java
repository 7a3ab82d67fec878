package dev.deepgemm.ptx;

import java.util.ArrayList;
import java.util.List;

/**
 * The text of one kernel body while it grows: lines, the Java line behind each, and the next free
 * number of every register class and label. One instance per kernel, never shared: two threads emit
 * two kernels at once without knowing of each other.
 */
final class Emission {
  private final List<String> lines = new ArrayList<>();
  private final List<String> origins = new ArrayList<>();
  private final CallSites callers = new CallSites();
  private int u32;
  private int u64;
  private int f32;
  private int pred;
  private int label;

  U32 u32() {
    return new U32("%r" + u32++);
  }

  U64 u64() {
    return new U64("%rd" + u64++);
  }

  F32 f32() {
    return new F32("%f" + f32++);
  }

  Pred pred() {
    return new Pred("%p" + pred++);
  }

  String label(String stem) {
    return "$" + stem + "_" + label++;
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
    declare(found, ".b32", "%r", u32);
    declare(found, ".b64", "%rd", u64);
    declare(found, ".f32", "%f", f32);
    return found;
  }

  private static void declare(List<String> to, String type, String prefix, int count) {
    if (count > 0) {
      to.add("\t.reg " + type + " " + prefix + "<" + count + ">;");
    }
  }
}
