package dev.deepgemm.jit;

/**
 * A kernel in a context, ready to be launched.
 *
 * @param id readable name, for errors
 * @param module the driver's module, to unload
 * @param function the driver's function
 * @param maxDynamicSmem most dynamic shared memory that a launch may ask for
 * @param compiled what was loaded
 */
record LoadedKernel(
    String id, long module, long function, int maxDynamicSmem, CompiledKernel compiled) {}
