package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.jit.fixtures.FakeDriver;
import dev.deepgemm.jit.fixtures.TinyArch;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class RehearsalTest {
  private final ConfigSelector selector = ConfigSelector.create(Options.defaults());

  private void play(ArchSpec... archs) throws InterruptedException {
    Thread thread = Rehearsal.begin(List.of(archs), selector);
    assertTrue(thread.isDaemon());
    thread.join(60_000);
    assertFalse(thread.isAlive());
  }

  @Test
  void architecture_emitsEachTypeThatItSupports() throws InterruptedException {
    TinyArch arch = new TinyArch();
    play(arch);
    assertEquals(2, arch.emitted.get());
    TinyArch plain =
        new TinyArch() {
          @Override
          public Legality supports(Signature signature) {
            return Legality.of(!signature.scaling().isScaled(), "no scales");
          }
        };
    play(plain);
    assertEquals(1, plain.emitted.get());
  }

  @Test
  void architectureThatFails_orHasNoKernels_leavesTheOthers() throws InterruptedException {
    TinyArch broken =
        new TinyArch() {
          @Override
          public PtxModule emit(KernelSpec spec) {
            throw new IllegalStateException("broken");
          }
        };
    TinyArch without =
        new TinyArch() {
          @Override
          public Optional<KernelProvider> kernels() {
            return Optional.empty();
          }
        };
    TinyArch whole = new TinyArch();
    play(broken, without, whole);
    assertEquals(0, without.emitted.get());
    assertEquals(2, whole.emitted.get());
  }

  @Test
  void device_isPending_untilItIsLookedFor_andNeverIfItIsGiven() {
    try (GpuSource looked = GpuSource.lookedFor(OptionalInt.empty())) {
      assertTrue(looked.isPending());
      looked.get();
      assertFalse(looked.isPending());
    }
    try (Gpu gpu = Gpu.open(new FakeDriver(), OptionalInt.empty());
        GpuSource given = GpuSource.given(gpu)) {
      assertFalse(given.isPending());
    }
  }
}
