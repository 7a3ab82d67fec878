package dev.deepgemm.sm90;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.Schedule;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.Swizzles;
import dev.deepgemm.api.Team;
import dev.deepgemm.api.ThreadRoles;
import dev.deepgemm.api.Tile;
import java.util.ArrayList;
import java.util.List;

/** Kernel specs for tests, put together without the selector: any tile, any depth. */
final class Specs {
  private Specs() {}

  /** One of the three kinds that have kernels. */
  enum Kind {
    FP8,
    BF16,
    BF16_FP32;

    DataType ab() {
      return this == FP8 ? DataType.FP8_E4M3 : DataType.BF16;
    }

    DataType cd() {
      return this == BF16_FP32 ? DataType.FP32 : DataType.BF16;
    }

    Signature signature() {
      return this == FP8 ? Signature.FP8 : Signature.BF16.withOutput(cd());
    }

    GemmDesc desc(int m, int n, int k) {
      return GemmDesc.of(signature(), new Shape.Dense(m, n, k));
    }
  }

  /** Threads of a CTA with so many that multiply. */
  static ThreadRoles threads(int math) {
    return ThreadRoles.of(ThreadRoles.TMA, 128, ThreadRoles.MATH, math);
  }

  static KernelSpec spec(Kind kind, int bm, int bn, int stages, Multicast multicast) {
    int d = kind.cd() == DataType.FP32 ? 0 : Math.min(128, Integer.lowestOneBit(2 * bn));
    Schedule schedule =
        new Schedule(
            new Tile(bm, bn, 128 / kind.ab().bytes()),
            multicast,
            Team.of(threads(bm <= 64 ? 128 : 256)),
            new Swizzles(128, 128, d),
            stages);
    return new KernelSpec("sm90", kind.signature(), schedule);
  }

  /** The same, with another team, and boxes of D that suit it. */
  static KernelSpec withTeam(KernelSpec s, Team team) {
    int groups = (s.tile().n() + 15) / 16;
    int share = (groups + team.splitK() - 1) / team.splitK() * 16;
    int stored = team.splitK() == 1 ? s.tile().n() : share;
    int box = Integer.lowestOneBit(stored | s.tile().n()) * s.dType().bytes();
    Swizzles swizzles = new Swizzles(128, 128, s.dType() == DataType.FP32 ? 0 : Math.min(128, box));
    Schedule schedule = new Schedule(s.tile(), s.multicast(), team, swizzles, s.stages());
    return new KernelSpec(s.arch(), s.signature(), schedule);
  }

  static GemmConfig config(KernelSpec spec, GemmDesc desc, int sms) {
    return new GemmConfig(desc, spec, sms, 0, Sm90SmemLayout.of(spec, desc.k()).usage());
  }

  /** Every spec that can be emitted, with 1, 2, 3, ... stages up to the capacity. */
  static List<KernelSpec> all() {
    Sm90Kernels kernels = new Sm90Kernels(new Sm90Spec());
    List<KernelSpec> found = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      for (int bm : new int[] {16, 32, 64, 128, 256}) {
        for (int bn = 16; bn <= 256; bn += 16) {
          for (Multicast multicast : Multicast.values()) {
            for (int stages = 1; stages <= 32; stages++) {
              KernelSpec spec = spec(kind, bm, bn, stages, multicast);
              if (kernels.canEmit(spec).isLegal()) {
                found.add(spec);
              }
            }
          }
        }
      }
    }
    return found;
  }
}
