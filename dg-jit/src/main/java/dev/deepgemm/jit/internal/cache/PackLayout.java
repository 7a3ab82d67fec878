package dev.deepgemm.jit.internal.cache;

import dev.deepgemm.api.launch.PtxModule;

/**
 * Where things are in a kernel pack, which is a jar:
 *
 * <pre>
 *   META-INF/MANIFEST.MF                 says for people what is inside
 *   META-INF/deepgemm/kernels.index      the manifests of all cubins, one behind the other
 *   META-INF/deepgemm/kernels/KEY.cubin
 * </pre>
 *
 * <p>The index is made of the same {@link Manifest}s that the cache folder has, each with its own check
 * line: a damaged one costs its kernel, not the pack.
 */
public final class PackLayout {
  public static final String INDEX = "META-INF/deepgemm/kernels.index";
  static final String KERNELS = "META-INF/deepgemm/kernels/";

  private static final String SCHEME = "deepgemm-pack-1";

  private PackLayout() {}

  public static String cubin(String key) {
    return KERNELS + key + ".cubin";
  }

  /**
   * The name of a kernel in a pack: SHA-256 over its PTX and its exact target. Unlike the key of the
   * cache folder it does not name an assembler. Whoever puts a pack on the class path has chosen its
   * machine code, and a process that has no assembler at all must find it; which assembler made it stands
   * in the index. New PTX, from another release of this library, has another key: a pack that is too old
   * is not found, never wrong.
   */
  public static CacheKey key(PtxModule module) {
    return CacheKey.of(SCHEME, module.text(), module.target());
  }
}
