package dev.deepgemm.ptx;

/** Floats; what adds to a variable is in {@link Variables}. */
public sealed interface FloatOps permits Code {
  private Emission out() {
    return ((Code) this).emission;
  }

  /** {@code a * b}, rounded to nearest. */
  default F32 mul(F32 a, F32 b) {
    return out().f32("mul.rn.f32", a, b);
  }

  /** Two floats rounded to nearest even and packed as bfloat16, {@code low} in the lower half. */
  default U32 packBf16(F32 low, F32 high) {
    out().require(IsaFeature.BF16);
    return out().u32("cvt.rn.bf16x2.f32", high, low);
  }

  /** The value of another lane. The whole warp calls it. */
  default F32 shuffle(F32 a, U32 lane) {
    return out().f32("shfl.sync.idx.b32", a, lane, 31, "0xffffffff");
  }
}
