package dev.deepgemm.emulator.internal.decode;

import dev.deepgemm.emulator.internal.check.Knowledge;
import dev.deepgemm.emulator.internal.machine.Addresses.Space;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.SpecialRegister;
import dev.deepgemm.emulator.internal.numbers.Fn;
import dev.deepgemm.emulator.internal.ops.AtomicOp;
import dev.deepgemm.emulator.internal.ops.ControlOps;
import dev.deepgemm.emulator.internal.ops.MBarrierOps;
import dev.deepgemm.emulator.internal.ops.MemoryOps;
import dev.deepgemm.emulator.internal.parse.PtxOperand;
import dev.deepgemm.emulator.internal.parse.PtxScope;
import dev.deepgemm.emulator.internal.parse.PtxType;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Loads, stores, atomic operations and prefetches. Cache hints change nothing. Memory orders do not
 * either, as a cluster runs its threads one at a time, but an access that has one is one that threads
 * may communicate through: see {@link Knowledge}.
 */
final class MemoryDecoder {
  private MemoryDecoder() {}

  static void register(Map<String, Function<Insn, Op>> table) {
    table.put("ld", MemoryDecoder::load);
    table.put("ldu", MemoryDecoder::load);
    table.put("st", MemoryDecoder::store);
    table.put("atom", MemoryDecoder::atomic);
    table.put("red", MemoryDecoder::atomic);
    table.put("prefetch", MemoryDecoder::prefetch);
    table.put("prefetchu", MemoryDecoder::prefetch);
    table.put("mapa", MemoryDecoder::mapAddress);
    table.put("membar", insn -> membar(insn));
  }

  private static Space space(Insn insn) {
    String name =
        insn.oneOf("global", "shared", "shared::cta", "shared::cluster", "param", "param::entry");
    if (name == null) {
      return Space.GENERIC;
    }
    return switch (name) {
      case "global" -> Space.GLOBAL;
      case "param", "param::entry" -> Space.PARAM;
      case "shared::cluster" -> Space.SHARED_CLUSTER;
      default -> Space.SHARED_CTA;
    };
  }

  /** Takes memory orders, scopes and cache hints; whether the access is a strong one. */
  private static boolean order(Insn insn) {
    insn.ignore("weak");
    boolean strong =
        insn.oneOf("relaxed", "acquire", "release", "acq_rel", "volatile", "sc") != null;
    insn.ignore("cta", "cluster", "gpu", "sys");
    insn.ignore("ca", "cg", "cs", "lu", "cv", "wb", "wt", "nc");
    insn.ignorePrefix("L1::");
    insn.ignorePrefix("L2::");
    return strong;
  }

  private static int vector(Insn insn) {
    String width = insn.oneOf("v2", "v4", "v8");
    return width == null ? 1 : width.charAt(1) - '0';
  }

  private static void requireWidth(Insn insn, PtxType type, List<PtxOperand> elements, int width) {
    if (elements.size() != width || type.bytes() * width > 16) {
      throw insn.error(
          "DG-EMU-04",
          "%d registers of %s for a vector of %d; legal: as many, and at most 16 bytes",
          elements.size(),
          type.ptxName(),
          width);
    }
  }

  private static Op load(Insn insn) {
    Space space = space(insn);
    boolean strong = order(insn);
    int width = vector(insn);
    PtxType type = insn.type();
    insn.requireCount(2, 3); // the third is a cache policy
    List<PtxOperand> elements = insn.elements(0);
    requireWidth(insn, type, elements, width);
    int[] d = new int[width];
    long[] masks = new long[width];
    for (int i = 0; i < width; i++) {
      PtxScope.Register register = insn.anyWidth(elements.get(i));
      if (register != null && register.type().bytes() < type.bytes()) {
        throw insn.error("DG-EMU-04", "register %s is too narrow", register.name());
      }
      d[i] = register == null ? insn.rows().sink() : register.id();
      masks[i] = register == null ? -1L : register.type().mask();
    }
    return new MemoryOps.Load(insn.address(1, space), type, d, masks, strong);
  }

  private static Op store(Insn insn) {
    Space space = space(insn);
    boolean strong = order(insn);
    int width = vector(insn);
    PtxType type = insn.type();
    insn.requireCount(2, 3);
    List<PtxOperand> elements = insn.elements(1);
    requireWidth(insn, type, elements, width);
    int[] a = new int[width];
    for (int i = 0; i < width; i++) {
      a[i] = source(insn, elements.get(i), type);
    }
    return new MemoryOps.Store(insn.address(0, space), type, a, strong);
  }

  /** What is stored may be wider than its type. */
  private static int source(Insn insn, PtxOperand operand, PtxType type) {
    if (operand instanceof PtxOperand.Name name && SpecialRegister.of(name.text()) == null) {
      PtxScope.Register register = insn.anyWidth(operand);
      if (register == null || register.type().bytes() < type.bytes()) {
        throw insn.error("DG-EMU-04", "%s is too narrow for %s", operand, type.ptxName());
      }
      return register.id();
    }
    return insn.source(operand, type);
  }

  private static Op atomic(Insn insn) {
    boolean returns = insn.opcode().equals("atom");
    Space space = space(insn);
    order(insn);
    String operation =
        insn.require("add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec");
    insn.ignore("noftz");
    int width = vector(insn);
    PtxType type = insn.type();
    if (width > 1) {
      return vectorReduction(insn, space, operation, type, width);
    }
    int sources = operation.equals("cas") ? 2 : 1;
    int first = returns ? 1 : 0;
    insn.requireCount(first + 1 + sources, first + 2 + sources);
    int[] operands = new int[sources];
    for (int i = 0; i < sources; i++) {
      operands[i] = insn.source(first + 1 + i, type);
    }
    return new AtomicOp(
        function(insn, operation, type),
        type,
        insn.address(first, space),
        returns ? insn.destination(0, type) : -1,
        operands,
        false);
  }

  private static Op vectorReduction(
      Insn insn, Space space, String operation, PtxType type, int width) {
    if (!insn.opcode().equals("red") || !operation.equals("add") || !type.floating()) {
      throw insn.error("DG-EMU-03", "of vectors, red.add of floating-point elements is modelled");
    }
    insn.requireCount(2, 3); // the third is a cache policy
    List<PtxOperand> elements = insn.elements(1);
    requireWidth(insn, type, elements, width);
    int[] operands = elements.stream().mapToInt(element -> insn.source(element, type)).toArray();
    return new AtomicOp(
        function(insn, operation, type), type, insn.address(0, space), -1, operands, true);
  }

  private static Fn function(Insn insn, String operation, PtxType type) {
    if (type.floating()) {
      if (!operation.equals("add")) {
        throw insn.error("DG-EMU-03", "%s of %s is not modelled", operation, type.ptxName());
      }
      return FloatDecoder.addition(insn, type);
    }
    return switch (operation) {
      case "add" -> (old, b, c) -> old + b;
      case "min" -> (old, b, c) -> IntegerDecoder.compare(type, old, b) <= 0 ? old : b;
      case "max" -> (old, b, c) -> IntegerDecoder.compare(type, old, b) >= 0 ? old : b;
      case "and" -> (old, b, c) -> old & b;
      case "or" -> (old, b, c) -> old | b;
      case "xor" -> (old, b, c) -> old ^ b;
      case "exch" -> (old, b, c) -> b;
      case "cas" -> (old, b, c) -> old == b ? c : old;
      case "inc" -> (old, b, c) -> Long.compareUnsigned(old, b) >= 0 ? 0 : old + 1;
      default -> (old, b, c) -> old == 0 || Long.compareUnsigned(old, b) > 0 ? b : old - 1;
    };
  }

  /** Prefetches change nothing; that their address is one is checked when it is used. */
  private static Op prefetch(Insn insn) {
    insn.ignore("global", "local", "param", "const", "L1", "L2", "tensormap");
    insn.ignorePrefix("L2::");
    insn.requireCount(1, 1);
    insn.address(0, Space.GENERIC);
    return new ControlOps.Nothing();
  }

  private static Op mapAddress(Insn insn) {
    boolean generic = insn.oneOf("shared::cluster") == null;
    PtxType type = insn.type();
    insn.requireCount(3, 3);
    return new MBarrierOps.MapAddress(
        generic, insn.destination(0, type), insn.source(1, type), insn.source(2, PtxType.U32));
  }

  private static Op membar(Insn insn) {
    insn.require("cta", "gl", "sys");
    return new ControlOps.Nothing();
  }
}
