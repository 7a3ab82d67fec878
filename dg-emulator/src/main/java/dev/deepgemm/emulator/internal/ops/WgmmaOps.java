package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import dev.deepgemm.emulator.internal.machine.Cta;
import dev.deepgemm.emulator.internal.machine.LaneGroup;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.machine.WarpgroupOp;
import dev.deepgemm.emulator.internal.memory.SmemDescriptor;
import dev.deepgemm.emulator.internal.numbers.ElementType;
import org.jspecify.annotations.Nullable;

/** The {@code wgmma} instructions. */
public final class WgmmaOps {
  private WgmmaOps() {}

  /** {@code wgmma.fence}, {@code commit_group} and {@code wait_group}. */
  public static final class Order extends Op {
    /** What is ordered. */
    public enum Kind {
      FENCE,
      COMMIT,
      WAIT
    }

    private final Kind kind;
    private final int pending;

    public Order(Kind kind, int pending) {
      this.kind = kind;
      this.pending = pending;
    }

    @Override
    public Together together() {
      return Together.FULL_WARP;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      switch (kind) {
        case FENCE -> warp.fences++;
        case COMMIT -> warp.wgmma().commit();
        case WAIT -> warp.wgmma().waitFor(pending);
      }
      return NEXT;
    }
  }

  /**
   * Shape and types of a wgmma.
   *
   * @param n columns
   * @param type element type of A and B
   * @param negateA whether A is negated
   * @param negateB whether B is negated
   * @param kMajorA whether A is K-major
   * @param kMajorB whether B is K-major
   */
  public record Form(
      int n, ElementType type, boolean negateA, boolean negateB, boolean kMajorA, boolean kMajorB) {
    int k() {
      return type.k();
    }
  }

  /** {@code wgmma.mma_async}. */
  public static final class Multiply extends WarpgroupOp {
    private final Form form;
    private final int[] accumulator;
    private final int[] fragmentA;
    private final int a;
    private final int b;
    private final int scaleD;

    /** {@code fragmentA} is empty where A is in shared memory, and {@code a} -1 where it is not. */
    public Multiply(Form form, int[] accumulator, int[] fragmentA, int a, int b, int scaleD) {
      this.form = form;
      this.accumulator = accumulator;
      this.fragmentA = fragmentA;
      this.a = a;
      this.b = b;
      this.scaleD = scaleD;
    }

    @Override
    public boolean perform(Cta cta, Warp[] warps) {
      checkRegisters(warps);
      boolean accumulates = accumulates(warps);
      int n = form.n();
      int k = form.k();
      SharedTile tileB =
          new SharedTile(descriptor(warps, b), n, k, form.type().bytes(), form.kMajorB());
      SharedTile tileA =
          a < 0
              ? null
              : new SharedTile(descriptor(warps, a), 64, k, form.type().bytes(), form.kMajorA());
      float[] left = new float[64 * k];
      int[] whyRow = new int[64];
      readA(cta, warps, tileA, left, whyRow);
      float[] right = new float[n * k];
      int[] whyColumn = new int[n];
      tileB.read(cta, form.type(), right, whyColumn, warps, line);
      negate(left, form.negateA());
      negate(right, form.negateB());

      float[] sum = new float[64 * n];
      if (accumulates) {
        Fragments.gather(warps, accumulator, sum, n);
      }
      cta.cluster().launch().accumulation().multiply(sum, left, right, 64, n, k, form.type());
      Fragments.scatter(warps, accumulator, sum, n);
      if (!accumulates) {
        for (Warp warp : warps) {
          for (int register : accumulator) {
            warp.define(register, Warp.ALL);
          }
        }
      }
      poison(cta, warps, whyRow, whyColumn);
      new WgmmaRead(cta, warps, line, accumulator, fragmentA, tileA, tileB).issue();
      cta.cluster().statistics().wgmmas++;
      return true;
    }

    private void readA(
        Cta cta, Warp[] warps, @Nullable SharedTile tile, float[] left, int[] whyRow) {
      if (tile != null) {
        tile.read(cta, form.type(), left, whyRow, warps, line);
        return;
      }
      int each = 4 / form.type().bytes();
      for (int w = 0; w < 4; w++) {
        for (int i = 0; i < 4; i++) {
          for (int lane = 0; lane < 32; lane++) {
            int row = w * 16 + lane / 4 + i % 2 * 8;
            int column = i / 2 * 4 * each + lane % 4 * each;
            long packed = warps[w].values[fragmentA[i] * 32 + lane];
            for (int e = 0; e < each; e++) {
              left[row * form.k() + column + e] = form.type().unpack(packed, e);
            }
            if ((warps[w].poison[fragmentA[i]] >>> lane & 1) != 0) {
              whyRow[row] = warps[w].origin[fragmentA[i]];
            }
          }
        }
      }
    }

    private void poison(Cta cta, Warp[] warps, int[] whyRow, int[] whyColumn) {
      PoisonOrigins origins = cta.cluster().origins();
      for (int row = 0; row < whyRow.length; row++) {
        if (whyRow[row] != PoisonOrigins.NONE) {
          int why = origins.of(PoisonOrigins.Cause.WGMMA_A, line, row, whyRow[row]);
          Fragments.poisonRow(warps, accumulator, row, why);
        }
      }
      for (int column = 0; column < whyColumn.length; column++) {
        if (whyColumn[column] != PoisonOrigins.NONE) {
          int why = origins.of(PoisonOrigins.Cause.WGMMA_B, line, column, whyColumn[column]);
          Fragments.poisonColumn(warps, accumulator, column, why);
        }
      }
    }

    private void checkRegisters(Warp[] warps) {
      for (Warp warp : warps) {
        for (int register : accumulator) {
          checkFence(warp, register);
        }
        for (int register : fragmentA) {
          checkFence(warp, register);
        }
      }
    }

    private static void checkFence(Warp warp, int register) {
      if (warp.fences == 0 || warp.stamp[register] >= warp.fences) {
        throw new Fault(
            "DG-EMU-41",
            "register %s of warp %d was read or written since the last wgmma.fence; put"
                + " wgmma.fence.sync.aligned in front of the first wgmma",
            warp.registerName(register),
            warp.index());
      }
    }

    private boolean accumulates(Warp[] warps) {
      int first = warps[0].predicates[scaleD];
      for (Warp warp : warps) {
        warp.requireDefined(scaleD, Warp.ALL, "the predicate scale-d");
        int now = warp.predicates[scaleD];
        if (now != first || (now != 0 && now != Warp.ALL)) {
          throw new Fault("DG-EMU-12", "the predicate scale-d differs within the warpgroup");
        }
      }
      return first != 0;
    }

    private static SmemDescriptor descriptor(Warp[] warps, int register) {
      long bits = warps[0].uniform(register, Warp.ALL, "a matrix descriptor");
      for (Warp warp : warps) {
        if (warp.uniform(register, Warp.ALL, "a matrix descriptor") != bits) {
          throw new Fault(
              "DG-EMU-42", "the matrix descriptor differs between the warps of the warpgroup");
        }
      }
      return SmemDescriptor.of(bits);
    }

    private static void negate(float[] values, boolean really) {
      if (really) {
        for (int i = 0; i < values.length; i++) {
          values[i] = -values[i];
        }
      }
    }
  }
}
