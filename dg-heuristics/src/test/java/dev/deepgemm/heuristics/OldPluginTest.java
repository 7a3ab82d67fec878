package dev.deepgemm.heuristics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.ArchSpec;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A plugin that is older than the kind it is asked about: it is asked once, and refused for. */
class OldPluginTest {
  private static final GemmDesc BATCHED =
      GemmDesc.of(Signature.BF16.withKind(GemmKind.BATCHED), new Shape.Batched(3, 64, 64, 64));
  private static final Tile TILE = new Tile(64, 64, 64);
  private static final Set<String> NAMES = Set.of("id", "target", "toString", "hashCode");

  private final List<String> asked = new ArrayList<>();
  private ArchSpec old = new FakeArch();

  @BeforeEach
  void makePlugin() {
    ArchSpec knowing =
        new FakeArch() {
          @Override
          public List<Problem> unsupported(Signature signature) {
            // What the compiler puts where a switch has no case.
            if (signature.kind() == GemmKind.BATCHED) {
              throw new IncompatibleClassChangeError();
            }
            return super.unsupported(signature);
          }
        };
    old =
        (ArchSpec)
            Proxy.newProxyInstance(
                ArchSpec.class.getClassLoader(),
                new Class<?>[] {ArchSpec.class},
                (proxy, method, args) -> {
                  if (!NAMES.contains(method.getName())) {
                    asked.add(method.getName());
                  }
                  try {
                    return method.invoke(knowing, args);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
  }

  private void ask(String way, GemmDesc desc) {
    ConfigSelector selector = ConfigSelector.create(Options.defaults());
    Team team = Team.of(ThreadRoles.of(ThreadRoles.TMA, 128, ThreadRoles.MATH, 128));
    Consumer<GemmDesc> asking =
        switch (way) {
          case "select" -> d -> selector.select(old, d);
          case "explain" -> d -> selector.explain(old, d);
          case "configure" -> d -> selector.configure(old, d, TILE, 2, Multicast.NONE);
          case "configure a team" -> d -> selector.configure(old, d, TILE, 2, Multicast.NONE, team);
          case "candidates" -> d -> Candidates.of(selector, old, d);
          case "kernel set" -> d -> KernelSet.of(selector, old, List.of(d), new MRange(1, 1));
          default -> throw new IllegalArgumentException(way);
        };
    asking.accept(desc);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"select", "explain", "configure", "configure a team", "candidates", "kernel set"})
  void kindThatIsYounger_isRefused_andNothingElseIsAsked(String way) {
    UnsupportedGemmException e =
        assertThrows(UnsupportedGemmException.class, () -> ask(way, BATCHED));
    assertEquals(List.of("DG-ARCH-05"), e.problems().stream().map(Problem::id).toList());
    assertTrue(e.getMessage().contains("before GemmKind.BATCHED existed"), e.getMessage());
    assertTrue(e.getMessage().contains("plugin \"fake\""), e.getMessage());
    assertEquals(Set.of("unsupported"), Set.copyOf(asked));
    ask(way, GemmDesc.bf16(64, 64, 64, DataType.BF16).withSmLimit(10));
    assertTrue(asked.contains("smem"), asked::toString);
  }
}
