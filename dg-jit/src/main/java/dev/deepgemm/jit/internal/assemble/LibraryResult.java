package dev.deepgemm.jit.internal.assemble;

/**
 * What a library that assembles gave.
 *
 * @param cubin machine code; empty if it failed
 * @param step the function that failed, or an empty string
 * @param code what it returned
 * @param info what it says of success, registers and spills among it
 * @param errors what it says of failure
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record LibraryResult(byte[] cubin, String step, int code, String info, String errors) {

  /** Whatever the library said of a failure. */
  String complaint() {
    if (!errors.isBlank()) {
      return errors;
    }
    return info.isBlank() ? step + " returned " + code : info;
  }
}
