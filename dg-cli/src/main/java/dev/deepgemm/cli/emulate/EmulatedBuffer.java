package dev.deepgemm.cli.emulate;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A buffer of emulated device memory that the command line asked for.
 *
 * @param where the option that asked, for messages
 * @param address its address
 * @param bytes its size
 * @param out the file that gets its bytes when the kernel has ended
 */
record EmulatedBuffer(String where, long address, int bytes, @Nullable Path out) {}
