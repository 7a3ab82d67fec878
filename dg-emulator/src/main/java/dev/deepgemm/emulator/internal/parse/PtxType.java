package dev.deepgemm.emulator.internal.parse;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The scalar types of PTX that the emulator knows. Packed types count as one scalar of their total
 * width: that is how registers hold them.
 */
public enum PtxType {
  PRED(0, Kind.PREDICATE),
  B8(1, Kind.BITS),
  B16(2, Kind.BITS),
  B32(4, Kind.BITS),
  B64(8, Kind.BITS),
  U8(1, Kind.UNSIGNED),
  U16(2, Kind.UNSIGNED),
  U32(4, Kind.UNSIGNED),
  U64(8, Kind.UNSIGNED),
  S8(1, Kind.SIGNED),
  S16(2, Kind.SIGNED),
  S32(4, Kind.SIGNED),
  S64(8, Kind.SIGNED),
  F16(2, Kind.FLOAT),
  BF16(2, Kind.FLOAT),
  F16X2(4, Kind.FLOAT),
  BF16X2(4, Kind.FLOAT),
  E4M3X2(2, Kind.FLOAT),
  F32(4, Kind.FLOAT),
  F64(8, Kind.FLOAT);

  private enum Kind {
    PREDICATE,
    BITS,
    UNSIGNED,
    SIGNED,
    FLOAT
  }

  private final int bytes;
  private final Kind kind;

  PtxType(int bytes, Kind kind) {
    this.bytes = bytes;
    this.kind = kind;
  }

  /** The type of that name, without its dot; null if there is none. */
  public static @Nullable PtxType of(String name) {
    for (PtxType type : values()) {
      if (type.ptxName().equals(name)) {
        return type;
      }
    }
    return null;
  }

  public String ptxName() {
    return name().toLowerCase(Locale.ROOT);
  }

  public int bytes() {
    return bytes;
  }

  public int bits() {
    return bytes * 8;
  }

  public boolean signed() {
    return kind == Kind.SIGNED;
  }

  public boolean floating() {
    return kind == Kind.FLOAT;
  }

  /** Bits, signed or unsigned: what integer arithmetic takes. */
  public boolean integer() {
    return kind == Kind.BITS || kind == Kind.UNSIGNED || kind == Kind.SIGNED;
  }

  /** Ones where a register row has bits of this type. */
  public long mask() {
    return bytes == 8 ? -1L : (1L << bits()) - 1;
  }

  /** The value of the low bits of {@code raw}, sign- or zero-extended as the type says. */
  public long extend(long raw) {
    if (bytes == 8) {
      return raw;
    }
    int shift = 64 - bits();
    return signed() ? (raw << shift) >> shift : raw & mask();
  }
}
