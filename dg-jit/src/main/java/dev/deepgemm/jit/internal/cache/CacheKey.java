package dev.deepgemm.jit.internal.cache;

import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.internal.assemble.Assembler;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The name of a cubin: SHA-256 over everything that decides its bytes, and nothing else. No path, no
 * time stamp, no order of builds: two machines that assemble the same PTX with the same assembler agree
 * on it.
 *
 * @param hex 64 hexadecimal digits
 */
public record CacheKey(String hex) {
  /** Changes when the meaning of the hashed fields does. */
  private static final String SCHEME = "deepgemm-cubin-1";

  /** A key over some fields, of which the first says what the others mean. */
  static CacheKey of(String... fields) {
    MessageDigest digest = sha256();
    for (String field : fields) {
      add(digest, field);
    }
    return new CacheKey(HexFormat.of().formatHex(digest.digest()));
  }

  public static CacheKey of(PtxModule module, Assembler assembler) {
    MessageDigest digest = sha256();
    add(digest, SCHEME);
    add(digest, module.text());
    add(digest, module.target());
    add(digest, assembler.id());
    add(digest, assembler.version());
    List<String> options = assembler.options(module.target());
    add(digest, Integer.toString(options.size()));
    options.forEach(option -> add(digest, option));
    return new CacheKey(HexFormat.of().formatHex(digest.digest()));
  }

  /** Length first: no two lists of fields give the same bytes. */
  private static void add(MessageDigest digest, String field) {
    byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    digest.update(bytes);
  }

  public static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(sha256().digest(bytes));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return hex;
  }
}
