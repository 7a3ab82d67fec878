package dev.deepgemm.emulator.internal.decode;

import dev.deepgemm.emulator.internal.machine.Addresses.Space;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.numbers.ElementType;
import dev.deepgemm.emulator.internal.ops.MatrixOps;
import dev.deepgemm.emulator.internal.ops.WgmmaOps;
import dev.deepgemm.emulator.internal.parse.PtxOperand;
import dev.deepgemm.emulator.internal.parse.PtxType;
import java.util.Map;
import java.util.function.Function;

/** {@code wgmma}, {@code mma.sync}, {@code ldmatrix} and {@code stmatrix}. */
final class MatrixDecoder {
  private MatrixDecoder() {}

  static void register(Map<String, Function<Insn, Op>> table) {
    table.put("wgmma", MatrixDecoder::wgmma);
    table.put("mma", MatrixDecoder::mma);
    table.put("ldmatrix", insn -> move(insn, false));
    table.put("stmatrix", insn -> move(insn, true));
  }

  private static Op wgmma(Insn insn) {
    String what = insn.require("fence", "commit_group", "wait_group", "mma_async");
    insn.require("sync");
    insn.require("aligned");
    return switch (what) {
      case "fence" -> new WgmmaOps.Order(WgmmaOps.Order.Kind.FENCE, 0);
      case "commit_group" -> new WgmmaOps.Order(WgmmaOps.Order.Kind.COMMIT, 0);
      case "wait_group" -> {
        insn.requireCount(1, 1);
        yield new WgmmaOps.Order(WgmmaOps.Order.Kind.WAIT, (int) insn.literal(0));
      }
      default -> multiply(insn);
    };
  }

  private static Op multiply(Insn insn) {
    String shape = insn.take();
    insn.require("f32");
    ElementType type = element(insn);
    int n = columns(insn, shape, type);
    int[] accumulator = insn.fragment(0, n / 2, PtxType.F32);
    boolean registersA = insn.operand(1) instanceof PtxOperand.Vector;
    boolean transposes = type.bytes() == 2;
    int count = 6 + (transposes ? (registersA ? 1 : 2) : 0);
    insn.requireCount(count, count);
    int[] fragmentA = registersA ? insn.fragment(1, 4, PtxType.B32) : new int[0];
    int a = registersA ? -1 : insn.source(1, PtxType.B64);
    int b = insn.source(2, PtxType.B64);
    int scaleD = insn.source(3, PtxType.PRED);
    boolean transposedA = transposes && !registersA && flag(insn, 6);
    boolean transposedB = transposes && flag(insn, registersA ? 6 : 7);
    WgmmaOps.Form form =
        new WgmmaOps.Form(n, type, negated(insn, 4), negated(insn, 5), !transposedA, !transposedB);
    return new WgmmaOps.Multiply(form, accumulator, fragmentA, a, b, scaleD);
  }

  /** Both element types, which have to be the same here. */
  private static ElementType element(Insn insn) {
    String a = insn.take();
    String b = insn.take();
    ElementType type =
        switch (a) {
          case "bf16" -> ElementType.BF16;
          case "f16" -> ElementType.F16;
          case "e4m3" -> ElementType.E4M3;
          default -> throw insn.error("DG-EMU-03", "elements of type %s are not modelled", a);
        };
    if (!a.equals(b)) {
      throw insn.error("DG-EMU-03", "%s times %s is not modelled", a, b);
    }
    return type;
  }

  private static int columns(Insn insn, String shape, ElementType type) {
    String suffix = "k" + type.k();
    if (shape.matches("m64n\\d+" + suffix)) {
      int n = Integer.parseInt(shape.substring(4, shape.length() - suffix.length()));
      if (n >= 8 && n <= 256 && n % 8 == 0) {
        return n;
      }
    }
    throw insn.error("DG-EMU-03", "shape %s; legal: m64n<8 to 256 by 8>%s", shape, suffix);
  }

  private static boolean flag(Insn insn, int i) {
    long value = insn.literal(i);
    if (value != 0 && value != 1) {
      throw insn.error("DG-EMU-04", "operand %d is %d; legal: 0, 1", i, value);
    }
    return value == 1;
  }

  private static boolean negated(Insn insn, int i) {
    long value = insn.literal(i);
    if (value != 1 && value != -1) {
      throw insn.error("DG-EMU-04", "operand %d is %d; legal: 1, -1", i, value);
    }
    return value == -1;
  }

  private static Op mma(Insn insn) {
    insn.require("sync");
    insn.require("aligned");
    String shape = insn.take();
    insn.require("row");
    insn.require("col");
    insn.require("f32");
    ElementType type = element(insn);
    insn.require("f32");
    if (!shape.equals("m16n8k" + type.k())) {
      throw insn.error("DG-EMU-03", "shape %s is not modelled; m16n8k%d is", shape, type.k());
    }
    insn.requireCount(4, 4);
    int[] d = insn.fragment(0, 4, PtxType.F32);
    int[] a = insn.fragment(1, 4, PtxType.B32);
    int[] b = insn.fragment(2, 2, PtxType.B32);
    int[] c = insn.fragment(3, 4, PtxType.F32);
    insn.touchAll(d);
    insn.touchAll(a);
    insn.touchAll(b);
    insn.touchAll(c);
    return new MatrixOps.Multiply(type, d, a, b, c);
  }

  private static Op move(Insn insn, boolean store) {
    insn.require("sync");
    insn.require("aligned");
    insn.require("m8n8");
    int matrices = insn.require("x1", "x2", "x4").charAt(1) - '0';
    boolean transposed = insn.accept("trans");
    boolean shared = insn.oneOf("shared", "shared::cta") != null;
    insn.require("b16");
    insn.requireCount(2, 2);
    int vector = store ? 1 : 0;
    int[] registers = insn.fragment(vector, matrices, PtxType.B32);
    insn.touchAll(registers);
    return new MatrixOps.Move(
        store,
        transposed,
        insn.address(1 - vector, shared ? Space.SHARED_CTA : Space.GENERIC),
        registers);
  }
}
