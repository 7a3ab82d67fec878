package dev.deepgemm.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.smem.SmemLayout;
import dev.deepgemm.ptx.smem.SmemRegion;
import dev.deepgemm.ptx.sync.Arrivals;
import dev.deepgemm.ptx.sync.Pipeline;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PipelineTest {
  private static final int STAGES = 4;

  private static List<String> emit(BiConsumer<Code, Pipeline> body) {
    return emit(Arrivals.of(4, "math warps"), body);
  }

  private static List<String> emit(Arrivals consumers, BiConsumer<Code, Pipeline> body) {
    return Emit.sm90(
        code -> {
          SmemLayout layout = new SmemLayout();
          SmemRegion full = layout.region("full", 8, STAGES, 8);
          SmemRegion empty = layout.region("empty", 8, STAGES, 8);
          body.accept(code, new Pipeline(code, code.dynamicSmem(), full, empty, consumers));
        });
  }

  private static void assertRefused(String reason, Executable use) {
    IllegalStateException error = assertThrows(IllegalStateException.class, use);
    assertTrue(error.getMessage().contains(reason), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"4, 1, 4", "8, 2, 16"})
  void barriers_expectOneArrivalPerConsumerWarpAndCta(int warps, int ctas, int arrivals) {
    Arrivals consumers = Arrivals.of(warps, "math warps").inEachOf(ctas);
    List<String> inits =
        emit(consumers, (code, ring) -> ring.init(code.u32(0), 1)).stream()
            .filter(line -> line.startsWith("mbarrier.init"))
            .map(line -> line.replaceAll(".*, (\\d+);", "$1"))
            .toList();
    assertEquals(List.of("1", "" + arrivals), inits, "of each slot");
  }

  @ParameterizedTest
  @CsvSource({"1, shared::cta", "2, shared::cluster"})
  void release_arrivesWhereTheConsumersAre(int ctas, String space) {
    List<String> lines =
        emit(
            Arrivals.of(4, "math warps").inEachOf(ctas),
            (code, ring) -> {
              Pipeline.Filled filled = ring.consumer().acquire();
              filled.release();
              filled.leave();
            });
    assertTrue(lines.stream().anyMatch(l -> l.startsWith("mbarrier.arrive." + space + ".b64")));
  }

  @Test
  void filling_thatWasCommitted_cannotBeUsed() {
    emit(
        (code, ring) -> {
          Pipeline.ProducerCursor producer = ring.producer();
          Pipeline.Filling filling = producer.acquire(1024);
          assertRefused("not been left", () -> producer.acquire(1024));
          filling.commit();
          assertRefused("used again", filling::commit);
          assertRefused("used again", filling::slot);
          assertRefused("used again", filling::barrier);
          producer.acquire(1024).commit();
        });
  }

  @Test
  void slot_isReleasedOnce_andOnlyThenLeft() {
    emit(
        (code, ring) -> {
          Pipeline.ConsumerCursor consumer = ring.consumer();
          Pipeline.Filled filled = consumer.acquire();
          assertRefused("nobody will release", filled::leave);
          assertRefused("not been left", consumer::acquire);
          filled.release();
          assertRefused("twice", filled::release);
          filled.leave();
          assertRefused("used again", filled::slot);
          assertRefused("was left", filled::release);
          assertRefused("twice", filled::leave);
        });
  }

  @Test
  void slot_thatIsHeld_isReleasedLaterAndOnce() {
    emit(
        (code, ring) -> {
          Pipeline.ConsumerCursor consumer = ring.consumer();
          Pipeline.Held held = ring.holder();
          assertRefused("nothing is held", held::release);
          Pipeline.Filled first = consumer.acquire();
          held.hold(first);
          assertRefused("twice", first::release);
          first.leave();
          Pipeline.Filled second = consumer.acquire();
          assertRefused("over another", () -> held.hold(second));
          held.release();
          assertRefused("nothing is held", held::release);
          held.hold(second);
          second.leave();
          held.release();
        });
  }

  @Test
  void slot_heldOnOneBranchAlone_isRefused() {
    emit(
        (code, ring) -> {
          Pipeline.Held held = ring.holder();
          Pipeline.Filled filled = ring.consumer().acquire();
          held.hold(filled);
          filled.leave();
          Pred some = code.newPred();
          code.choose(some, held::release, held::release);
          assertRefused("nothing is held", held::release);
        });
    emit(
        (code, ring) -> {
          Pipeline.Held held = ring.holder();
          Pipeline.Filled filled = ring.consumer().acquire();
          held.hold(filled);
          filled.leave();
          Pred some = code.newPred();
          assertRefused("on one way", () -> code.choose(some, held::release, () -> {}));
        });
    emit(
        (code, ring) -> {
          Pipeline.Held held = ring.holder();
          Pipeline.Filled filled = ring.consumer().acquire();
          held.hold(filled);
          filled.leave();
          assertRefused("on one way", () -> code.when(code.newPred(), held::release));
        });
  }

  @Test
  void slot_thatALoopAcquiresAndDoesNotLeave_isRefused() {
    emit(
        (code, ring) -> {
          Pipeline.ConsumerCursor consumer = ring.consumer();
          assertRefused(
              "on one way", () -> code.repeat(code.u32(3), i -> consumer.acquire().release()));
        });
  }

  @Test
  void lagging_releasesTheLastSlotOnce() {
    emit(
        (code, ring) -> {
          Pipeline.ConsumerCursor consumer = ring.consumer();
          Pipeline.Lagging unused = consumer.lagging();
          assertRefused("no step kept one", unused::release);
          Pipeline.Lagging lagging = consumer.lagging();
          code.repeat(
              code.u32(3),
              i -> {
                Pipeline.Filled filled = consumer.acquire();
                lagging.next(filled, code.newPred());
                assertRefused("twice", filled::release);
                filled.leave();
              });
          lagging.release();
          assertRefused("twice", lagging::release);
          Pipeline.Filled filled = consumer.acquire();
          assertRefused("last release", () -> lagging.next(filled, code.newPred()));
          filled.release();
          filled.leave();
        });
  }

  @Test
  void consumers_thatTakeTurns_divideTheSlots() {
    emit(
        (code, ring) ->
            assertThrows(IllegalArgumentException.class, () -> ring.consumer(code.u32(0), 3)));
  }
}
