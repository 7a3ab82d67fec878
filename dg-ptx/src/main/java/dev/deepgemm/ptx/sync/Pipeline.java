package dev.deepgemm.ptx.sync;

import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.SmemVar;
import dev.deepgemm.ptx.SpecialRegister;
import dev.deepgemm.ptx.Tracked;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U32Var;
import dev.deepgemm.ptx.smem.SmemRegion;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A ring of shared-memory slots between one TMA producer and several consumer warps.
 *
 * <p><b>Barriers.</b> Each slot has two mbarriers. {@code full} completes when the producer has arrived
 * and all bytes that it announced have landed; {@code empty} completes when every consumer warp has read
 * the slot. Where a cluster shares operands, a producer writes into the slots of every CTA, so the
 * consumers of every CTA have to release a slot before any producer may refill it. {@link Arrivals}
 * counts them.
 *
 * <p><b>Phases</b> belong to the cursors, one per role: slot and parity, in registers. The producer's
 * starts at parity 1, which a fresh barrier answers at once: all slots are empty at the start. Cursors
 * run on from tile to tile, so the producer fills slots for the next tile while the consumers still
 * write the last one.
 *
 * <p><b>Handles.</b> A role acquires a slot and gets a handle: the producer's is filled and committed
 * ({@link Filling}), a consumer's is read and released, at once or later ({@link Filled}, {@link Held},
 * {@link Lagging}), and left. A handle that is used twice, used after it was left, or forgotten would be
 * a deadlock or wrong numbers on a GPU; here it is an exception while the kernel is emitted.
 */
public final class Pipeline {
  private final Code code;
  private final SmemAddress base;
  private final SmemRegion full;
  private final SmemRegion empty;
  private final Arrivals producer;
  private final Arrivals consumers;

  /**
   * A pipeline on barriers that {@link #init} has to prepare.
   *
   * @param base start of dynamic shared memory
   * @param full one barrier per slot
   * @param empty one barrier per slot
   * @param consumers the warps that read a slot, in each CTA that shares operands: all consumers, or
   *     those that take one turn
   */
  public Pipeline(
      Code code, SmemAddress base, SmemRegion full, SmemRegion empty, Arrivals consumers) {
    if (full.count() != empty.count()) {
      throw new IllegalArgumentException(
          "as many full as empty barriers: " + full.count() + ", " + empty.count());
    }
    this.code = code;
    this.base = base;
    this.full = full;
    this.empty = empty;
    this.producer = Arrivals.of(1, "producer");
    this.consumers = consumers;
  }

  /** Number of slots. */
  public int stages() {
    return full.count();
  }

  /**
   * Initialises the barriers of every {@code parts}-th slot. One thread of each of as many warps calls it; a
   * CTA-wide (or cluster-wide) barrier must follow.
   *
   * <p>Shared out among warps because a barrier takes about ten cycles, and a launch of ten microseconds
   * waits for all of them. Not among lanes: instructions on mbarriers of different addresses run lane by
   * lane, and 64 barriers took 3,500 cycles (H100).
   *
   * @param part which of the parts
   * @param parts how many there are
   */
  public void init(U32 part, int parts) {
    code.comment("full: " + producer + ", and the bytes; empty: " + consumers);
    code.loop(
        part,
        code.u32(stages()),
        code.u32(parts),
        slot -> {
          barrier(full, slot).init(producer);
          barrier(empty, slot).init(consumers);
        });
    Mbarrier.fenceInit(code);
  }

  private Mbarrier barrier(SmemRegion barriers, U32 slot) {
    return Mbarrier.at(code, barriers.at(code, base, slot));
  }

  /** The producer's place in the ring. */
  public ProducerCursor producer() {
    return new ProducerCursor();
  }

  /** The place of consumers that read every slot. */
  public ConsumerCursor consumer() {
    return new ConsumerCursor(code.var(0), 1);
  }

  /**
   * The place of consumers that take turns with others: every {@code turns}-th slot is theirs.
   *
   * <p>Each has slots of its own. If they met in a slot, one of them could come back to it two
   * fillings later while the other one's filling is still under way; a parity bit does not tell the two
   * apart, and the wait would end too early. (The emulator found this before a GPU could.)
   *
   * @param turn which turn is this one's
   * @param turns how many take turns; they divide the number of slots
   */
  public ConsumerCursor consumer(U32 turn, int turns) {
    if (stages() % turns != 0) {
      throw new IllegalArgumentException(
          turns
              + " consumers take turns in a ring of "
              + stages()
              + " slots; as many slots for each");
    }
    return new ConsumerCursor(code.var(turn), turns);
  }

  private RingCursor cursor(String role, U32Var slot, int step, int parity) {
    return new RingCursor(code, role, slot, step, parity, stages());
  }

  /** A place to keep one slot that is released when others have been acquired. */
  public Held holder() {
    return new Held();
  }

  /** A slot as those who copy into it see it. */
  public interface Destination {
    /** Index of the slot. */
    U32 slot();

    /** The barrier that the copies complete on. */
    Mbarrier barrier();
  }

  /** Fills slots. */
  public final class ProducerCursor {
    private final RingCursor cursor = cursor("producer", code.var(0), 1, 1);

    private ProducerCursor() {}

    /**
     * Waits until the consumers (of every CTA of the cluster) have released the slot, and announces
     * what will fill it.
     *
     * @param bytes that asynchronous copies will bring
     */
    public Filling acquire(int bytes) {
      cursor.acquire(slot -> barrier(empty, slot));
      Mbarrier barrier = Pipeline.this.barrier(full, cursor.slot());
      barrier.arriveExpectTx(bytes);
      return new Filling(cursor, barrier);
    }

    /**
     * A slot that was committed before all copies into it were issued: their bytes were announced, and
     * no consumer gets past the barrier without them.
     */
    public Destination announced(U32 slot) {
      Mbarrier barrier = Pipeline.this.barrier(full, slot);
      return new Destination() {
        @Override
        public U32 slot() {
          return slot;
        }

        @Override
        public Mbarrier barrier() {
          return barrier;
        }
      };
    }
  }

  /** A slot that is being filled. */
  public static final class Filling implements Destination {
    private final RingCursor cursor;
    private final Mbarrier barrier;
    private boolean committed;

    private Filling(RingCursor cursor, Mbarrier barrier) {
      this.cursor = cursor;
      this.barrier = barrier;
    }

    @Override
    public U32 slot() {
      check();
      return cursor.slot();
    }

    @Override
    public Mbarrier barrier() {
      check();
      return barrier;
    }

    /** Moves on: what was announced is under way, or follows ({@link ProducerCursor#announced}). */
    public void commit() {
      check();
      committed = true;
      cursor.done();
      cursor.advance();
    }

    private void check() {
      if (committed) {
        throw new IllegalStateException("a filling that was committed is used again");
      }
    }
  }

  /** Reads slots. */
  public final class ConsumerCursor {
    private final RingCursor cursor;
    private final U32 lane;
    private final Pred arrives;

    private ConsumerCursor(U32Var slot, int step) {
      cursor = cursor("consumer", slot, step, 0);
      lane = code.special(SpecialRegister.LANEID);
      arrives = code.setp(Cmp.LT, lane, consumers.ctas());
    }

    /** Waits until the producer has filled the slot. */
    public Filled acquire() {
      cursor.acquire(slot -> barrier(full, slot));
      return new Filled(this);
    }

    /** For a loop that releases each slot one step after it has read it. */
    public Lagging lagging() {
      return new Lagging(this);
    }

    /** What a release is told: where the barrier of the current slot is. */
    private SmemAddress ticket() {
      return empty.at(code, base, cursor.slot());
    }

    /** All lanes of a consumer warp call it; one of them arrives per CTA of the cluster. */
    private void release(SmemAddress ticket) {
      code.when(
          arrives,
          () -> {
            Mbarrier barrier = Mbarrier.at(code, ticket);
            if (consumers.ctas() == 1) {
              barrier.arrive();
            } else {
              barrier.arriveRemote(lane);
            }
          });
    }
  }

  /** A slot that a consumer may read. */
  public static final class Filled {
    private final ConsumerCursor consumer;
    private boolean left;

    private Filled(ConsumerCursor consumer) {
      this.consumer = consumer;
    }

    /** Index of the slot. */
    public U32 slot() {
      if (left) {
        throw new IllegalStateException("a slot that was left is used again");
      }
      return consumer.cursor.slot();
    }

    /**
     * Releases the slot: its contents have been read, and nothing reads them any more. One lane arrives for its
     * warp, so where each lane reads for itself (ldmatrix, ld.shared) the warp meets first ({@link Sync#warp}).
     */
    public void release() {
      finish();
      consumer.release(consumer.ticket());
    }

    /** Moves on to the consumer's next slot. This one was released, or is held. */
    public void leave() {
      if (left) {
        throw new IllegalStateException("a slot is left twice");
      }
      consumer.cursor.advance();
      left = true;
    }

    private void finish() {
      if (left) {
        throw new IllegalStateException("a slot that was left is released");
      }
      consumer.cursor.done();
    }
  }

  /** A slot that was left and is released later. */
  public final class Held {
    private final SmemVar ticket = code.smemVar();
    private final Tracked<Boolean> occupied =
        Tracked.strict(code, "place of a held slot, occupied", false);
    private @Nullable ConsumerCursor consumer;

    private Held() {}

    /** Keeps a slot instead of releasing it. */
    public void hold(Filled slot) {
      occupied.expect(false, "a slot is held over another");
      slot.finish();
      occupied.set(true);
      consumer = slot.consumer;
      code.set(ticket, slot.consumer.ticket());
    }

    /** Releases it. */
    public void release() {
      occupied.expect(true, "released, and nothing is held");
      occupied.set(false);
      Objects.requireNonNull(consumer).release(ticket);
    }
  }

  /** The slot of the step before, in a loop that releases each slot one step late. */
  public final class Lagging {
    private final ConsumerCursor consumer;
    private final SmemVar ticket;
    private boolean used;
    private final Tracked<Boolean> over = Tracked.strict(code, "lagging release, over", false);

    private Lagging(ConsumerCursor consumer) {
      this.consumer = consumer;
      this.ticket = code.var(consumer.ticket());
    }

    /**
     * Releases the slot of the step before, and keeps this one instead.
     *
     * @param notFirst whether there was a step before
     */
    public void next(Filled slot, Pred notFirst) {
      over.expect(false, "another step behind the last release");
      slot.finish();
      used = true;
      code.when(notFirst, () -> consumer.release(ticket));
      code.set(ticket, consumer.ticket());
    }

    /** Releases the slot of the last step, behind the loop. */
    public void release() {
      end();
      consumer.release(ticket);
    }

    /** The same, if there was a step. */
    public void releaseIf(Pred anyStep) {
      end();
      code.when(anyStep, () -> consumer.release(ticket));
    }

    private void end() {
      over.expect(false, "the last slot is released twice");
      if (!used) {
        throw new IllegalStateException(
            "the last slot of a loop is released, and no step kept one");
      }
      over.set(true);
    }
  }
}
