package dev.deepgemm.jit;

import dev.deepgemm.jit.kernel.ResourceUsage;
import java.util.Optional;

/**
 * A kernel in a context, ready to be launched.
 *
 * @param id readable name, for errors
 * @param module the driver's module, to unload
 * @param function the driver's function
 * @param maxDynamicSmem most dynamic shared memory that a launch may ask for
 * @param assembler id and version of the assembler that made it
 * @param usage what the assembler told of it
 * @param cubinBytes size of the machine code
 */
record LoadedKernel(
    String id,
    long module,
    long function,
    int maxDynamicSmem,
    String assembler,
    Optional<ResourceUsage> usage,
    int cubinBytes) {}
