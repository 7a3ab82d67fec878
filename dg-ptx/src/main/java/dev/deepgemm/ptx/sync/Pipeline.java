package dev.deepgemm.ptx.sync;

import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.SpecialRegister;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U32Var;
import dev.deepgemm.ptx.smem.SmemRegion;

/**
 * A ring of shared-memory slots between one TMA producer and several consumer warps.
 *
 * <p>Each slot has two mbarriers. {@code full} completes when the producer has arrived and all
 * bytes that it announced have landed; {@code empty} completes when every consumer warp has read
 * the slot. Where a cluster shares operands, a producer writes into the slots of every CTA, so the
 * consumers of every CTA have to release a slot before any producer may refill it: the arrival
 * count is consumer warps x CTAs, computed here and nowhere else.
 *
 * <p>Phase bits belong to the {@link Cursor}. The producer's starts at parity 1, which a fresh
 * barrier answers at once: all slots are empty at the start. Cursors run on from tile to tile, so
 * the producer fills slots for the next tile while the consumers still write the last one.
 */
public final class Pipeline {
  private final Code code;
  private final SmemAddress base;
  private final SmemRegion full;
  private final SmemRegion empty;
  private final int consumerWarps;
  private final int cluster;

  /**
   * A pipeline on barriers that {@link #init} has to prepare.
   *
   * @param base start of dynamic shared memory
   * @param full one barrier per slot
   * @param empty one barrier per slot
   * @param consumerWarps warps per CTA that read a slot: of all consumers, or of those that take one turn
   * @param cluster CTAs that share operands
   */
  public Pipeline(
      Code code,
      SmemAddress base,
      SmemRegion full,
      SmemRegion empty,
      int consumerWarps,
      int cluster) {
    if (full.count() != empty.count()) {
      throw new IllegalArgumentException(
          "as many full as empty barriers: " + full.count() + ", " + empty.count());
    }
    this.code = code;
    this.base = base;
    this.full = full;
    this.empty = empty;
    this.consumerWarps = consumerWarps;
    this.cluster = cluster;
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
    code.loop(
        part,
        code.u32(stages()),
        code.u32(parts),
        slot -> {
          Mbarrier.at(code, full.at(code, base, slot)).init(1);
          Mbarrier.at(code, empty.at(code, base, slot)).init(consumerWarps * cluster);
        });
    Mbarrier.fenceInit(code);
  }

  /** The barrier that completes when a slot is filled. */
  public Mbarrier fullBarrier(U32 slot) {
    return Mbarrier.at(code, full.at(code, base, slot));
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

  /** A place in the ring: slot and parity, in registers. */
  public abstract sealed class Cursor {
    private final U32Var slot;
    private final U32Var parity;
    private final int step;

    private Cursor(U32Var slot, int step, int initialParity) {
      this.slot = slot;
      this.step = step;
      this.parity = code.var(initialParity);
    }

    /** Index of the current slot. */
    public final U32 slot() {
      return slot;
    }

    /** Moves on to this role's next slot; the parity flips when the ring wraps around. */
    public final void advance() {
      code.increment(slot, step);
      Pred wrapped = code.setp(Cmp.GE, slot, stages());
      code.set(parity, code.xor(parity, code.selp(1, 0, wrapped)));
      code.set(slot, code.sub(slot, code.selp(stages(), 0, wrapped)));
    }

    final void await(SmemRegion barriers) {
      Mbarrier.at(code, barriers.at(code, base, slot)).await(parity);
    }
  }

  /** Fills slots. */
  public final class ProducerCursor extends Cursor {
    private ProducerCursor() {
      super(code.var(0), 1, 1);
    }

    /**
     * Waits until the consumers (of every CTA of the cluster) have released the slot, and announces
     * what will fill it.
     *
     * @param bytes that asynchronous copies will bring
     * @return the barrier that these copies complete on
     */
    public Mbarrier acquire(int bytes) {
      await(empty);
      Mbarrier barrier = fullBarrier(slot());
      barrier.arriveExpectTx(bytes);
      return barrier;
    }
  }

  /** Reads slots. */
  public final class ConsumerCursor extends Cursor {
    private final U32 lane;
    private final Pred arrives;

    private ConsumerCursor(U32Var slot, int step) {
      super(slot, step, 0);
      lane = code.special(SpecialRegister.LANEID);
      arrives = code.setp(Cmp.LT, lane, cluster);
    }

    /** Waits until the producer has filled the slot. */
    public void awaitFull() {
      await(full);
    }

    /** What {@link #release} has to be handed for the current slot. */
    public SmemAddress ticket() {
      return empty.at(code, base, slot());
    }

    /**
     * Releases a slot, possibly one that the cursor has left. All lanes of a consumer warp call it;
     * one of them arrives per CTA of the cluster.
     *
     * @param ticket what {@link #ticket} answered while the cursor was at that slot
     */
    public void release(SmemAddress ticket) {
      code.when(
          arrives,
          () -> {
            if (cluster == 1) {
              Mbarrier.at(code, ticket).arrive();
            } else {
              Mbarrier.at(code, ticket).arriveRemote(lane);
            }
          });
    }
  }
}
