package dev.deepgemm.kernels.work;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U32Var;
import java.util.function.Consumer;

/**
 * The tiles of one CTA, one after the other, as one role goes through them.
 *
 * <p>Where a tile lies takes two divisions to find out, some 400 cycles. So each is located once, and a role
 * says when: the first when the walk begins, which is before the previous grid has ended, the next one
 * where the role has something to hide it behind.
 */
public final class TileWalk {
  private final Code code;
  private final TileScheduler scheduler;
  private final U32 firstIndex;
  private final U32Var m;
  private final U32Var n;
  private final U32Var nextM;
  private final U32Var nextN;

  /** Locates the first tile, if there is one. */
  public TileWalk(Code code, TileScheduler scheduler) {
    this.code = code;
    this.scheduler = scheduler;
    this.firstIndex = scheduler.firstIndex();
    this.m = code.u32Var();
    this.n = code.u32Var();
    this.nextM = code.u32Var();
    this.nextN = code.u32Var();
    code.when(scheduler.exists(firstIndex), () -> locate(firstIndex, m, n));
  }

  /** What a role does about a tile. */
  public interface Visitor {
    /** Emits it; {@link Next#locate} has to be called in it, on every way through. */
    void visit(TileScheduler.Place place, Next next);
  }

  /** The tile behind the one that is visited, if there is one. */
  public final class Next {
    private final U32 index;
    private final Pred exists;

    private Next(U32 index) {
      this.index = index;
      this.exists = scheduler.exists(index);
    }

    /** Finds out where it is. */
    public void locate() {
      code.when(exists, () -> TileWalk.this.locate(index, nextM, nextN));
    }

    /** Runs the body if there is one; it must have been located. */
    public void ifAny(Consumer<TileScheduler.Place> body) {
      code.when(exists, () -> body.accept(scheduler.at(index, nextM, nextN)));
    }
  }

  /** Runs the body for the first tile, if there is one. */
  public void first(Consumer<TileScheduler.Place> body) {
    code.when(scheduler.exists(firstIndex), () -> body.accept(scheduler.at(firstIndex, m, n)));
  }

  /** Visits every tile. */
  public void forEach(Visitor visitor) {
    scheduler.loop(
        firstIndex,
        (index, step) -> {
          visitor.visit(scheduler.at(index, m, n), new Next(code.add(index, step)));
          code.set(m, nextM);
          code.set(n, nextN);
        });
  }

  private void locate(U32 index, U32Var toM, U32Var toN) {
    TileScheduler.Place place = scheduler.place(index);
    code.set(toM, place.m());
    code.set(toN, place.n());
  }
}
