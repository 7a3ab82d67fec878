package dev.deepgemm.ptx;

/** Integers, bits and predicates, and numbers of 64 bits. */
public sealed interface IntegerOps permits Code {
  private Emission out() {
    return ((Code) this).emission;
  }

  /** A constant in a register. */
  default U32 u32(int value) {
    return out().u32("mov.u32", value);
  }

  /** Reads a special register. */
  default U32 special(SpecialRegister register) {
    return out().u32("mov.u32", register.ptx());
  }

  // ---------------------------------------------------------------- arithmetic

  /** {@code a + b}. */
  default U32 add(U32 a, U32 b) {
    return out().u32("add.u32", a, b);
  }

  /** {@code a + b}. */
  default U32 add(U32 a, int b) {
    return out().u32("add.u32", a, b);
  }

  /** {@code a - b}. */
  default U32 sub(U32 a, U32 b) {
    return out().u32("sub.u32", a, b);
  }

  /** {@code a - b}. */
  default U32 sub(U32 a, int b) {
    return out().u32("sub.u32", a, b);
  }

  /** Low 32 bits of {@code a * b}. */
  default U32 mul(U32 a, U32 b) {
    return out().u32("mul.lo.u32", a, b);
  }

  /** Low 32 bits of {@code a * b}. */
  default U32 mul(U32 a, int b) {
    return out().u32("mul.lo.u32", a, b);
  }

  /** Low 32 bits of {@code a * b + c}. */
  default U32 mad(U32 a, int b, U32 c) {
    return out().u32("mad.lo.u32", a, b, c);
  }

  /** Low 32 bits of {@code a * b + c}. */
  default U32 mad(U32 a, U32 b, U32 c) {
    return out().u32("mad.lo.u32", a, b, c);
  }

  /** {@code a / b}; {@code b} must not be zero. */
  default U32 div(U32 a, U32 b) {
    return out().u32("div.u32", a, b);
  }

  /** {@code a / b} by a constant: a shift where it can be one. */
  default U32 div(U32 a, int b) {
    return Integer.bitCount(b) == 1
        ? shr(a, Integer.numberOfTrailingZeros(b))
        : out().u32("div.u32", a, b);
  }

  /** {@code a mod b} by a constant: a mask where it can be one. */
  default U32 rem(U32 a, int b) {
    return Integer.bitCount(b) == 1 ? and(a, b - 1) : out().u32("rem.u32", a, b);
  }

  /** The smaller of two. */
  default U32 min(U32 a, U32 b) {
    return out().u32("min.u32", a, b);
  }

  // ---------------------------------------------------------------- bits

  /** Bitwise and. */
  default U32 and(U32 a, int mask) {
    return out().u32("and.b32", a, mask);
  }

  /** Bitwise or. */
  default U32 or(U32 a, U32 b) {
    return out().u32("or.b32", a, b);
  }

  /** Bitwise exclusive or. */
  default U32 xor(U32 a, U32 b) {
    return out().u32("xor.b32", a, b);
  }

  /** Bitwise exclusive or. */
  default U32 xor(U32 a, int b) {
    return out().u32("xor.b32", a, b);
  }

  /** Shift left. */
  default U32 shl(U32 a, int bits) {
    return out().u32("shl.b32", a, bits);
  }

  /** Logical shift right. */
  default U32 shr(U32 a, int bits) {
    return out().u32("shr.u32", a, bits);
  }

  /**
   * The value of lane 0 in every lane. Tells the assembler that a value is the same in the whole
   * warp, so that it can live in a uniform register.
   */
  default U32 broadcast(U32 a) {
    return out().u32("shfl.sync.idx.b32", a, 0, 31, "0xffffffff");
  }

  // ---------------------------------------------------------------- 64 bits

  /** {@code base + a * b}, 64 bits wide. */
  default U64 madWide(U32 a, int b, U64 base) {
    return out().u64("mad.wide.u32", a, b, base);
  }

  /** {@code base + a * b}, 64 bits wide. */
  default U64 madWide(U32 a, U32 b, U64 base) {
    return out().u64("mad.wide.u32", a, b, base);
  }

  /** Two 32-bit halves as one 64-bit value. */
  default U64 pack(U32 low, U32 high) {
    return out().u64("mov.b64", "{" + low + ", " + high + "}");
  }

  // ---------------------------------------------------------------- predicates

  /** Compares two unsigned integers. */
  default Pred setp(Cmp cmp, U32 a, U32 b) {
    return out().pred("setp." + cmp.ptx() + ".u32", a, b);
  }

  /** Compares with a constant, unsigned. */
  default Pred setp(Cmp cmp, U32 a, int b) {
    return out().pred("setp." + cmp.ptx() + ".u32", a, b);
  }

  /** A predicate that is constant. */
  default Pred constant(boolean value) {
    return out().pred("setp.ne.b32", value ? 1 : 0, 0);
  }

  /** Both. */
  default Pred and(Pred a, Pred b) {
    return out().pred("and.pred", a, b);
  }

  /** {@code condition ? a : b}. */
  default U32 selp(U32 a, U32 b, Pred condition) {
    return out().u32("selp.b32", a, b, condition);
  }

  /** {@code condition ? a : b}. */
  default U32 selp(int a, int b, Pred condition) {
    return out().u32("selp.b32", a, b, condition);
  }
}
