package dev.deepgemm.ptx;

/** A kernel parameter; {@link KernelBuilder} hands them out in order. */
public sealed interface Param {
  /** The name in PTX text. */
  String name();

  /** Its declaration in the entry's parameter list. */
  String declaration();

  /** A tensor map by value: 128 bytes, aligned to 64. */
  record Map(String name) implements Param {
    @Override
    public String declaration() {
      return ".param .align 64 .b8 " + name + "[128]";
    }
  }

  /** A device address. */
  record Address(String name) implements Param {
    @Override
    public String declaration() {
      return ".param .u64 " + name;
    }
  }

  /** A 32-bit unsigned integer. */
  record Int(String name) implements Param {
    @Override
    public String declaration() {
      return ".param .u32 " + name;
    }
  }
}
