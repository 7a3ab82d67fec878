package dev.deepgemm.ptx.wgmma;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U64;
import dev.deepgemm.ptx.smem.SmemDescriptor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * The asynchronous matrix instructions of one warpgroup.
 *
 * <p>The protocol is {@code wgmma.fence}, instructions, {@code commit_group}, {@code wait_group}.
 * The first two and the third are the two ends of {@link #batch}, so neither can be forgotten; the
 * fourth can, and then reading an accumulator throws while the kernel is being emitted. The books
 * are kept in the order of emission: for a loop that leaves a batch in flight over its back edge
 * they hold as long as every pass through the body looks the same, which emission by lambda
 * guarantees.
 */
public final class Wgmma {
  private final Code code;
  private final Deque<List<Accumulator>> inFlight = new ArrayDeque<>();

  /** The instructions of the warpgroup that executes this code. */
  public Wgmma(Code code) {
    this.code = code;
  }

  /** A fresh accumulator; undefined until a batch starts it from zero. */
  public Accumulator accumulator(WgmmaAtom atom) {
    return new Accumulator(code, atom);
  }

  /** Instructions of one batch. */
  public final class Batch {
    private final List<Accumulator> written = new ArrayList<>();

    private Batch() {}

    /**
     * Issues one atom.
     *
     * @param sum what it writes
     * @param a 64 rows of A
     * @param b n rows of B
     * @param accumulate where false, the result replaces {@code sum}
     */
    public void mma(Accumulator sum, SmemDescriptor a, SmemDescriptor b, Pred accumulate) {
      sum.atom().check(a, b);
      U64 bitsOfA = a.pack();
      U64 bitsOfB = b.pack();
      code.raw(
          sum.atom().mnemonic()
              + " "
              + Code.vector(sum.registers().stream())
              + ", "
              + bitsOfA
              + ", "
              + bitsOfB
              + ", "
              + accumulate
              + sum.atom().suffix());
      sum.inFlight(true);
      written.add(sum);
    }
  }

  /** Emits a batch of instructions between its fence and its commit. */
  public void batch(Consumer<Batch> body) {
    code.raw("wgmma.fence.sync.aligned");
    Batch batch = new Batch();
    body.accept(batch);
    if (batch.written.isEmpty()) {
      throw new IllegalStateException("a wgmma batch without instructions");
    }
    code.raw("wgmma.commit_group.sync.aligned");
    inFlight.addLast(batch.written);
  }

  /** Waits until at most {@code pending} of the latest batches are in flight. */
  public void await(int pending) {
    code.raw("wgmma.wait_group.sync.aligned " + pending);
    while (inFlight.size() > pending) {
      inFlight.removeFirst().forEach(sum -> sum.inFlight(false));
    }
    inFlight.forEach(batch -> batch.forEach(sum -> sum.inFlight(true)));
  }
}
