package dev.deepgemm.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.KernelProvider;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The PTX of SM90's kernels: a line per kernel with instructions, SHA-256 and how it was chosen. */
class KernelGuardTest {
  private static final Sm90Spec ARCH = new Sm90Spec();
  private static final Map<KernelSpec, String> KERNELS = GuardedKernels.of(ARCH);

  private final KernelProvider provider = ARCH.kernels().orElseThrow();

  @Test
  void kernels_areThoseOfTheTable() {
    List<String> lines = new ArrayList<>();
    KERNELS.forEach(
        (kernel, choice) -> {
          PtxDigest digest = PtxDigest.of(provider.emit(kernel).text());
          lines.add(
              kernel.id() + " " + digest.instructions() + " " + digest.sha256() + " " + choice);
        });
    lines.sort(Comparator.naturalOrder());
    GuardTable.named("kernels.txt").check(lines);
  }

  @Test
  void kernels_areOfEveryKind() {
    assertTrue(KERNELS.size() >= 60, () -> KERNELS.size() + " kernels");
    assertEquals(Set.of(Multicast.values()), all(KernelSpec::multicast));
    assertEquals(Set.of(DataType.BF16, DataType.FP32), all(KernelSpec::dType));
    assertEquals(Set.of(DataType.BF16, DataType.FP8_E4M3), all(KernelSpec::aType));
    assertEquals(Set.of(16, 32, 64, 128, 256), all(kernel -> kernel.tile().m()));
    assertTrue(all(kernel -> kernel.tile().n()).containsAll(Set.of(96, 144, 160, 192)));
    assertTrue(all(KernelSpec::stages).contains(1));
    assertEquals(
        Set.of("classic", "tuned", "listed"),
        KERNELS.values().stream()
            .map(choice -> choice.replaceFirst(" .*", ""))
            .collect(Collectors.toSet()));
  }

  /** Groups along k, and CTAs that split k. */
  @Test
  void kernels_haveEveryTeam() {
    Set<String> teams = new TreeSet<>();
    for (KernelSpec kernel : KERNELS.keySet()) {
      int slabs = kernel.tile().m() <= 64 ? 1 : 2;
      teams.add(kernel.threads().of(ThreadRoles.MATH) / 128 / slabs + " x " + kernel.splitK());
    }
    assertEquals(
        Set.of(
            "1 x 1", "2 x 1", "3 x 1", "4 x 1", "1 x 2", "2 x 2", "1 x 4", "2 x 4", "1 x 8",
            "2 x 8"),
        teams);
  }

  private <T> Set<T> all(Function<KernelSpec, T> part) {
    return KERNELS.keySet().stream().map(part).collect(Collectors.toSet());
  }

  @Test
  void digest_seesInstructionsAndDirectives_butNoComment() {
    String text = provider.emit(KERNELS.keySet().iterator().next()).text();
    PtxDigest digest = PtxDigest.of(text);
    assertEquals(digest, PtxDigest.of(text.replace(";\n", "; // and so on\n\n  // next\n")));
    assertNotEquals(digest, PtxDigest.of(text.replaceFirst("mov.u32", "mov.b32")));
    assertNotEquals(digest, PtxDigest.of(text.replaceFirst("\\.reg", ".reg .b32 %more;\n.reg")));
    assertEquals(digest.instructions() + 1, PtxDigest.of(text + "  exit;\n").instructions());
  }
}
