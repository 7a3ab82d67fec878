package dev.deepgemm.ptx;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The body of a kernel under construction: one method per PTX instruction, named after it, plus
 * structured control flow.
 *
 * <p>A method that computes returns a fresh register, so most code reads as expressions. A register
 * that changes over a loop is made by {@link #var(U32)} and changed by {@link #set(U32, U32)}.
 * {@link #raw} is the way out for an instruction that has no method.
 *
 * <p>Integers are unsigned unless the name says otherwise. Addresses of shared memory are 32 bits
 * wide ({@link U32}), those of global memory 64 ({@link U64}).
 */
public final class Code {
  private final Emission emission;

  Code(Emission emission) {
    this.emission = emission;
  }

  // ---------------------------------------------------------------- escape hatch and registers

  /** Emits one instruction as text, without the semicolon. */
  public void raw(String instruction) {
    emission.line("\t" + instruction + ";");
  }

  /** Emits a comment: what the next instructions are for. */
  public void comment(String text) {
    emission.line("\t// " + text);
  }

  /** A fresh, undefined 32-bit register. */
  public U32 newU32() {
    return emission.u32();
  }

  /** A fresh, undefined 64-bit register. */
  public U64 newU64() {
    return emission.u64();
  }

  /** A fresh, undefined float register. */
  public F32 newF32() {
    return emission.f32();
  }

  /** A fresh, undefined predicate register. */
  public Pred newPred() {
    return emission.pred();
  }

  // ---------------------------------------------------------------- moves

  /** A constant in a register. */
  public U32 u32(int value) {
    return u32("mov.u32", value);
  }

  /** A register that starts as a copy of another and may change. */
  public U32 var(U32 initial) {
    return u32("mov.u32", initial);
  }

  /** Assigns a variable. */
  public void set(U32 variable, U32 value) {
    raw("mov.u32 " + variable + ", " + value);
  }

  /** Assigns a variable a constant. */
  public void set(U32 variable, int value) {
    raw("mov.u32 " + variable + ", " + value);
  }

  /** Assigns a float variable. */
  public void set(F32 variable, F32 value) {
    raw("mov.f32 " + variable + ", " + value);
  }

  /** Assigns a float variable where the predicate holds. */
  public void setIf(Pred condition, F32 variable, F32 value) {
    raw("@" + condition + " mov.f32 " + variable + ", " + value);
  }

  /** Sets a float variable to zero. */
  public void zero(F32 variable) {
    raw("mov.f32 " + variable + ", 0f00000000");
  }

  /** Reads a special register. */
  public U32 special(SpecialRegister register) {
    return u32("mov.u32", register.ptx());
  }

  // ---------------------------------------------------------------- 32-bit integers

  /** {@code a + b}. */
  public U32 add(U32 a, U32 b) {
    return u32("add.u32", a, b);
  }

  /** {@code a + b}. */
  public U32 add(U32 a, int b) {
    return u32("add.u32", a, b);
  }

  /** {@code variable += b}. */
  public void increment(U32 variable, U32 b) {
    raw("add.u32 " + variable + ", " + variable + ", " + b);
  }

  /** {@code variable += b}. */
  public void increment(U32 variable, int b) {
    raw("add.u32 " + variable + ", " + variable + ", " + b);
  }

  /** {@code a - b}. */
  public U32 sub(U32 a, U32 b) {
    return u32("sub.u32", a, b);
  }

  /** {@code a - b}. */
  public U32 sub(U32 a, int b) {
    return u32("sub.u32", a, b);
  }

  /** Low 32 bits of {@code a * b}. */
  public U32 mul(U32 a, U32 b) {
    return u32("mul.lo.u32", a, b);
  }

  /** Low 32 bits of {@code a * b}. */
  public U32 mul(U32 a, int b) {
    return u32("mul.lo.u32", a, b);
  }

  /** Low 32 bits of {@code a * b + c}. */
  public U32 mad(U32 a, int b, U32 c) {
    return u32("mad.lo.u32", a, b, c);
  }

  /** Low 32 bits of {@code a * b + c}. */
  public U32 mad(U32 a, U32 b, U32 c) {
    return u32("mad.lo.u32", a, b, c);
  }

  /** {@code a / b}; {@code b} must not be zero. */
  public U32 div(U32 a, U32 b) {
    return u32("div.u32", a, b);
  }

  /** {@code a / b} by a constant: a shift where it can be one. */
  public U32 div(U32 a, int b) {
    return Integer.bitCount(b) == 1
        ? shr(a, Integer.numberOfTrailingZeros(b))
        : u32("div.u32", a, b);
  }

  /** {@code a mod b} by a constant: a mask where it can be one. */
  public U32 rem(U32 a, int b) {
    return Integer.bitCount(b) == 1 ? and(a, b - 1) : u32("rem.u32", a, b);
  }

  /** The smaller of two. */
  public U32 min(U32 a, U32 b) {
    return u32("min.u32", a, b);
  }

  /** Bitwise and. */
  public U32 and(U32 a, int mask) {
    return u32("and.b32", a, mask);
  }

  /** Bitwise or. */
  public U32 or(U32 a, U32 b) {
    return u32("or.b32", a, b);
  }

  /** Bitwise exclusive or. */
  public U32 xor(U32 a, U32 b) {
    return u32("xor.b32", a, b);
  }

  /** Bitwise exclusive or. */
  public U32 xor(U32 a, int b) {
    return u32("xor.b32", a, b);
  }

  /** Shift left. */
  public U32 shl(U32 a, int bits) {
    return u32("shl.b32", a, bits);
  }

  /** Logical shift right. */
  public U32 shr(U32 a, int bits) {
    return u32("shr.u32", a, bits);
  }

  /** {@code condition ? a : b}. */
  public U32 selp(U32 a, U32 b, Pred condition) {
    return u32("selp.b32", a, b, condition);
  }

  /** {@code condition ? a : b}. */
  public U32 selp(int a, int b, Pred condition) {
    return u32("selp.b32", a, b, condition);
  }

  /**
   * The value of lane 0 in every lane. Tells the assembler that a value is the same in the whole
   * warp, so that it can live in a uniform register.
   */
  public U32 broadcast(U32 a) {
    return u32("shfl.sync.idx.b32", a + ", 0, 31, 0xffffffff");
  }

  /** The value of another lane. The whole warp calls it. */
  public F32 shuffle(F32 a, U32 lane) {
    return emit(newF32(), "shfl.sync.idx.b32", a, lane, 31, "0xffffffff");
  }

  // ---------------------------------------------------------------- 64-bit integers

  /** {@code base + a * b}, 64 bits wide. */
  public U64 madWide(U32 a, int b, U64 base) {
    return u64("mad.wide.u32", a, b, base);
  }

  /** {@code base + a * b}, 64 bits wide. */
  public U64 madWide(U32 a, U32 b, U64 base) {
    return u64("mad.wide.u32", a, b, base);
  }

  /** Two 32-bit halves as one 64-bit value. */
  public U64 pack(U32 low, U32 high) {
    return u64("mov.b64", "{" + low + ", " + high + "}");
  }

  // ---------------------------------------------------------------- predicates

  /** Compares two unsigned integers. */
  public Pred setp(Cmp cmp, U32 a, U32 b) {
    return pred("setp." + cmp.ptx() + ".u32", a, b);
  }

  /** Compares with a constant, unsigned. */
  public Pred setp(Cmp cmp, U32 a, int b) {
    return pred("setp." + cmp.ptx() + ".u32", a, b);
  }

  /** A predicate that is constant. */
  public Pred constant(boolean value) {
    return pred("setp.ne.b32", (value ? 1 : 0) + ", 0");
  }

  /** Both. */
  public Pred and(Pred a, Pred b) {
    return pred("and.pred", a, b);
  }

  // ---------------------------------------------------------------- floats

  /** {@code a * b}, rounded to nearest. */
  public F32 mul(F32 a, F32 b) {
    F32 d = newF32();
    raw("mul.rn.f32 " + d + ", " + a + ", " + b);
    return d;
  }

  /** {@code sum += a}. */
  public void accumulate(F32 sum, F32 a) {
    raw("add.rn.f32 " + sum + ", " + sum + ", " + a);
  }

  /** {@code sum += a * b}, one rounding. */
  public void fma(F32 sum, F32 a, F32 b) {
    raw("fma.rn.f32 " + sum + ", " + a + ", " + b + ", " + sum);
  }

  /** Two floats rounded to nearest even and packed as bfloat16, {@code low} in the lower half. */
  public U32 packBf16(F32 low, F32 high) {
    return u32("cvt.rn.bf16x2.f32", high, low);
  }

  // ---------------------------------------------------------------- memory

  /** Reads a 32-bit kernel parameter. */
  public U32 ldParam(Param.Int parameter) {
    return u32("ld.param.u32", "[" + parameter.name() + "]");
  }

  /** Reads a pointer parameter as an address of global memory. */
  public U64 ldParam(Param.Address parameter) {
    U64 generic = u64("ld.param.u64", "[" + parameter.name() + "]");
    return u64("cvta.to.global.u64", generic);
  }

  /** The generic address of a tensor map parameter, as TMA instructions want it. */
  public U64 addressOf(Param.Map parameter) {
    U64 address = u64("mov.b64", parameter.name());
    return u64("cvta.param.u64", address);
  }

  /** Reads a float through the read-only path. */
  public F32 ldGlobalNc(U64 address) {
    F32 d = newF32();
    raw("ld.global.nc.f32 " + d + ", [" + address + "]");
    return d;
  }

  /** Asks for the line of an address of global memory to be brought into the L2 cache. */
  public void prefetchL2(U64 address) {
    raw("prefetch.global.L2 [" + address + "]");
  }

  /** Reads a float from shared memory. */
  public F32 ldShared(U32 address, int offset) {
    F32 d = newF32();
    raw("ld.shared.f32 " + d + ", " + at(address, offset));
    return d;
  }

  /** Writes a float to shared memory. */
  public void stShared(U32 address, int offset, F32 value) {
    raw("st.shared.f32 " + at(address, offset) + ", " + value);
  }

  /** Writes two floats to shared memory; the address is a multiple of 8. */
  public void stShared(U32 address, int offset, F32 first, F32 second) {
    raw("st.shared.v2.f32 " + at(address, offset) + ", {" + first + ", " + second + "}");
  }

  /** Reads 16 bytes from shared memory; the address is a multiple of 16. */
  public List<U32> ldShared4(U32 address) {
    List<U32> d = Stream.generate(this::newU32).limit(4).toList();
    raw("ld.shared.v4.u32 " + vector(d.stream()) + ", [" + address + "]");
    return d;
  }

  /** Writes four registers to global memory; the address is a multiple of 16. */
  public void stGlobal4(U64 address, List<U32> values) {
    raw("st.global.v4.u32 [" + address + "], " + vector(values.stream()));
  }

  /** Address of the dynamic shared memory of the CTA. */
  public U32 dynamicSmem() {
    return u32("mov.u32", KernelBuilder.SMEM);
  }

  /** An address operand with an immediate offset. */
  public static String at(Reg address, int offset) {
    return offset == 0 ? "[" + address + "]" : "[" + address + "+" + offset + "]";
  }

  /** A vector operand of registers. */
  public static String vector(Stream<? extends Reg> registers) {
    return registers.map(Reg::name).collect(Collectors.joining(", ", "{", "}"));
  }

  // ---------------------------------------------------------------- control flow

  /** Runs the body in the threads in which the condition holds. */
  public void when(Pred condition, Runnable body) {
    String end = emission.label("endif");
    raw("@!" + condition + " bra " + end);
    body.run();
    label(end);
  }

  /** One of two bodies. */
  public void choose(Pred condition, Runnable ifTrue, Runnable ifFalse) {
    String otherwise = emission.label("else");
    String end = emission.label("endif");
    raw("@!" + condition + " bra " + otherwise);
    ifTrue.run();
    raw("bra " + end);
    label(otherwise);
    ifFalse.run();
    label(end);
  }

  /**
   * {@code for (i = start; i < end; i += step)}, unsigned; the body must not change {@code i}.
   *
   * @return {@code i} after the loop: the first value that is not below {@code end}
   */
  public U32 loop(U32 start, U32 end, U32 step, Consumer<U32> body) {
    U32 i = var(start);
    String head = emission.label("loop");
    String done = emission.label("done");
    raw("@" + setp(Cmp.GE, i, end) + " bra " + done);
    label(head);
    body.accept(i);
    increment(i, step);
    raw("@" + setp(Cmp.LT, i, end) + " bra " + head);
    label(done);
    return i;
  }

  /** {@code for (i = 0; i < count; i++)} with the test at the end: the body runs at least once. */
  public void repeat(U32 count, Consumer<U32> body) {
    U32 i = u32(0);
    String head = emission.label("loop");
    label(head);
    body.accept(i);
    increment(i, 1);
    raw("@" + setp(Cmp.LT, i, count) + " bra " + head);
  }

  /**
   * Retries an instruction until it sets a predicate: the shape of every wait on a barrier.
   *
   * @param attempt the instruction as text, from the predicate that it sets
   */
  public void spin(Function<Pred, String> attempt) {
    Pred done = newPred();
    String head = emission.label("wait");
    label(head);
    raw(attempt.apply(done));
    raw("@!" + done + " bra " + head);
  }

  // ---------------------------------------------------------------- helpers

  private void label(String name) {
    emission.line(name + ":");
  }

  private U32 u32(String op, Object... operands) {
    return emit(newU32(), op, operands);
  }

  private U64 u64(String op, Object... operands) {
    return emit(newU64(), op, operands);
  }

  private Pred pred(String op, Object... operands) {
    return emit(newPred(), op, operands);
  }

  private <R extends Reg> R emit(R d, String op, Object... operands) {
    StringBuilder text = new StringBuilder(op).append(' ').append(d);
    for (Object operand : operands) {
      text.append(", ").append(operand);
    }
    raw(text.toString());
    return d;
  }
}
