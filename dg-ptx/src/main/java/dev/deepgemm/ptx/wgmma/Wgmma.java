package dev.deepgemm.ptx.wgmma;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.IsaFeature;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.Tracked;
import dev.deepgemm.ptx.U64;
import dev.deepgemm.ptx.smem.SmemDescriptor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The asynchronous matrix instructions of one warpgroup.
 *
 * <p>The protocol is {@code wgmma.fence}, instructions, {@code commit_group}, {@code wait_group}.
 * The first two and the third are the two ends of {@link #batch}, so neither can be forgotten; the
 * fourth can, and then reading an accumulator throws while the kernel is being emitted.
 *
 * <p>Where ways through the kernel meet, what is in flight on any of them is in flight ({@link
 * Tracked}): behind a loop that leaves a batch in flight, the batch is, whether the loop ran or not.
 */
public final class Wgmma {
  private final Code code;
  private final Tracked<List<Set<Accumulator>>> inFlight;

  /** The instructions of the warpgroup that executes this code. */
  public Wgmma(Code code) {
    this.code = code;
    this.inFlight = Tracked.joined(code, "wgmma in flight", List.of(), Wgmma::union);
  }

  /** A fresh accumulator; undefined until a batch starts it from zero. */
  public Accumulator accumulator(WgmmaAtom atom) {
    return new Accumulator(code, atom, inFlight);
  }

  /** Instructions of one batch. */
  public final class Batch {
    private boolean empty = true;

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
          IsaFeature.WGMMA,
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
      addToLatest(sum);
      empty = false;
    }
  }

  /** Emits a batch of instructions between its fence and its commit. */
  public void batch(Consumer<Batch> body) {
    code.raw(IsaFeature.WGMMA, "wgmma.fence.sync.aligned");
    Batch batch = new Batch();
    List<Set<Accumulator>> with = new ArrayList<>(inFlight.get());
    with.add(Set.of());
    inFlight.set(List.copyOf(with));
    body.accept(batch);
    if (batch.empty) {
      throw new IllegalStateException("a wgmma batch without instructions");
    }
    code.raw(IsaFeature.WGMMA, "wgmma.commit_group.sync.aligned");
  }

  /** Waits until at most {@code pending} of the latest batches are in flight. */
  public void await(int pending) {
    code.raw(IsaFeature.WGMMA, "wgmma.wait_group.sync.aligned " + pending);
    List<Set<Accumulator>> all = inFlight.get();
    inFlight.set(all.subList(Math.max(0, all.size() - pending), all.size()));
  }

  private void addToLatest(Accumulator sum) {
    List<Set<Accumulator>> batches = new ArrayList<>(inFlight.get());
    Set<Accumulator> latest = new HashSet<>(batches.get(batches.size() - 1));
    latest.add(sum);
    batches.set(batches.size() - 1, latest);
    inFlight.set(batches);
  }

  /** Waiting counts from the latest batch back, so that is where the two are laid side by side. */
  private static List<Set<Accumulator>> union(
      List<Set<Accumulator>> one, List<Set<Accumulator>> other) {
    int size = Math.max(one.size(), other.size());
    List<Set<Accumulator>> both = new ArrayList<>();
    for (int i = size; i > 0; i--) {
      Set<Accumulator> batch = new HashSet<>();
      for (List<Set<Accumulator>> way : List.of(one, other)) {
        if (way.size() >= i) {
          batch.addAll(way.get(way.size() - i));
        }
      }
      both.add(batch);
    }
    return both;
  }
}
