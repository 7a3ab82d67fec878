package dev.deepgemm.ptx;

/** A kernel parameter; {@link ParamList} hands them out in order, and nobody else can. */
public abstract sealed class Param {
  private final String name;

  private Param(String name) {
    this.name = name;
  }

  /** The name in PTX text. */
  public final String name() {
    return name;
  }

  /** Its declaration in the entry's parameter list. */
  abstract String declaration();

  /** A tensor map by value: 128 bytes, aligned to 64. */
  public static final class Map extends Param {
    Map(String name) {
      super(name);
    }

    @Override
    String declaration() {
      return ".param .align 64 .b8 " + name() + "[128]";
    }
  }

  /** A device address. */
  public static final class Address extends Param {
    Address(String name) {
      super(name);
    }

    @Override
    String declaration() {
      return ".param .u64 " + name();
    }
  }

  /** A 32-bit unsigned integer. */
  public static final class Int extends Param {
    Int(String name) {
      super(name);
    }

    @Override
    String declaration() {
      return ".param .u32 " + name();
    }
  }
}
