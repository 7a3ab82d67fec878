package org.example.sm120;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.kernels.launch.Extent;
import dev.deepgemm.kernels.launch.KernelArguments;
import dev.deepgemm.kernels.launch.OperandRule;
import dev.deepgemm.kernels.launch.OperandRules;
import dev.deepgemm.kernels.launch.PlainMatrix;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Param;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U64;
import dev.deepgemm.ptx.ampere.Global;
import dev.deepgemm.ptx.ampere.WarpTile;
import java.util.List;

/**
 * Threads store the sums that they hold. Rows of D start at multiples of 16 bytes and columns of pairs are even,
 * so a pair is aligned; at the right edge of a D with an odd number of columns it is half a pair.
 */
final class DirectStore {
  private final DataType type;
  private final PlainMatrix d;
  private final Param.Int columns;

  /** Declares D. */
  DirectStore(KernelSpec spec, KernelArguments arguments) {
    this.type = spec.dType();
    this.d = PlainMatrix.declare(arguments, OperandRole.D, type, Extent.M);
    this.columns = arguments.integer("d_columns", launch -> launch.desc().n());
  }

  /** What D has to be; nothing is added to it. */
  static List<OperandRule> rules(Signature signature) {
    DataType type = signature.dType();
    return List.of(
        OperandRules.rows(OperandRole.D, type, Extent.N, type + " [m, n], n contiguous"),
        OperandRules.absent(OperandRole.C, "no product is accumulated here: leave it out"));
  }

  /** The role of the math warps. */
  Role role(Code code) {
    return new Role(code);
  }

  /** D in registers. */
  final class Role {
    private final Code code;
    private final U64 address;
    private final U32 stride16;
    private final U32 m;
    private final U32 n;

    private Role(Code code) {
      this.code = code;
      this.address = code.ldParam(d.address());
      this.stride16 = code.ldParam(d.stride16());
      this.m = code.ldParam(d.rows());
      this.n = code.ldParam(columns);
    }

    /** A row of D, which may lie below its end. */
    WarpTile.Row row(U32 row) {
      U32 units = code.mul(row, PlainMatrix.STRIDE_UNIT);
      U64 start = Global.address(code, address, units, stride16);
      Pred inside = code.setp(Cmp.LT, row, m);
      return (column, first, second) -> {
        U64 at = code.madWide(column, type.bytes(), start);
        U32 behind = code.add(column, 1);
        Pred both = code.and(inside, code.setp(Cmp.LT, behind, n));
        Pred last = code.and(inside, code.setp(Cmp.EQ, behind, n));
        if (type == DataType.BF16) {
          U32 pair = code.packBf16(first, second);
          code.when(both, () -> Global.store32(code, at, pair));
          code.when(last, () -> Global.store16(code, at, pair));
        } else {
          code.when(both, () -> Global.store(code, at, first, second));
          code.when(last, () -> Global.store(code, at, first));
        }
      };
    }
  }
}
