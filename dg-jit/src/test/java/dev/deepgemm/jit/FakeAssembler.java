package dev.deepgemm.jit;

import dev.deepgemm.api.PtxModule;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** An assembler that counts, and whose output is an ELF header with the entry's name behind it. */
final class FakeAssembler implements Assembler {
  final AtomicInteger runs = new AtomicInteger();
  private final String id;
  private final String version;
  private final Function<PtxModule, Cubin> body;

  FakeAssembler() {
    this("fake", "1.0", FakeAssembler::cubin);
  }

  FakeAssembler(String id, String version, Function<PtxModule, Cubin> body) {
    this.id = id;
    this.version = version;
    this.body = body;
  }

  static Cubin cubin(PtxModule module) {
    return AssemblerLog.cubin(
        elf(module.entry()), Optional.of(new ResourceUsage(168, 0, 0, 8, 16)), "assembled");
  }

  static byte[] elf(String content) {
    byte[] bytes = Arrays.copyOf(new byte[] {0x7F, 'E', 'L', 'F'}, 64 + content.length());
    byte[] tail = content.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(tail, 0, bytes, 64, tail.length);
    return bytes;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public List<String> options(String target) {
    return List.of("-arch=" + target);
  }

  @Override
  public Optional<String> unavailable() {
    return Optional.empty();
  }

  @Override
  public Optional<String> refusal(PtxModule module) {
    return Optional.empty();
  }

  @Override
  public Cubin assemble(PtxModule module) {
    runs.incrementAndGet();
    return body.apply(module);
  }
}
