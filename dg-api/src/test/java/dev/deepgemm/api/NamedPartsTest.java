package dev.deepgemm.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.ThreadRoles;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads and shared memory as lists of named parts. */
class NamedPartsTest {
  @Test
  void roles_areReadAsTheyAreListed() {
    ThreadRoles roles =
        new ThreadRoles(
            List.of(
                new ThreadRoles.Part("tma", 32),
                new ThreadRoles.Part("issue", 32),
                new ThreadRoles.Part("epilogue", 128)));
    assertEquals("tma 32 + issue 32 + epilogue 128", roles.toString());
    assertEquals(192, roles.total());
    assertEquals(32, roles.of("issue"));
    assertEquals(0, roles.of(ThreadRoles.MATH));
    assertEquals(64, ThreadRoles.of("math", 64).total());
  }

  @Test
  void roles_noneOrOneTwice_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> new ThreadRoles(List.of()));
    assertThrows(IllegalArgumentException.class, () -> ThreadRoles.of("tma", 32, "tma", 32));
    assertThrows(IllegalArgumentException.class, () -> ThreadRoles.of("tma", 0));
  }

  /** A digit would run into the number of threads behind it in a kernel's name. */
  @ParameterizedTest
  @ValueSource(strings = {"", "TMA", "tma2", "tma_math", "-tma", "tma-", "t  ma"})
  void role_whoseNameIsNoWord_isRefused(String name) {
    assertThrows(IllegalArgumentException.class, () -> ThreadRoles.of(name, 32));
  }

  @Test
  void smem_partsWithoutBytes_areLeftOut() {
    SmemUsage usage =
        SmemUsage.builder().fixed("d", 64).perStage("a", 32).perStage("scales", 0).build();
    assertEquals(
        List.of(new SmemUsage.Part("d", 64, false), new SmemUsage.Part("a", 32, true)),
        usage.parts());
    assertEquals(64, usage.bytes("d"));
    assertEquals(32, usage.bytes("a"));
    assertEquals(0, usage.bytes("scales"));
    assertEquals(0, SmemUsage.builder().build().total(32));
  }

  @Test
  void smem_partTwiceOrNegative_isRefused() {
    SmemUsage.Builder builder = SmemUsage.builder().fixed("d", 64);
    assertThrows(IllegalArgumentException.class, () -> builder.perStage("d", 1));
    assertThrows(IllegalArgumentException.class, () -> builder.fixed("e", -1));
  }
}
