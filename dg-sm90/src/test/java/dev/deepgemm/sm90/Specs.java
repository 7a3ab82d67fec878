package dev.deepgemm.sm90;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Schedule;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.api.launch.GemmOperands;
import java.util.ArrayList;
import java.util.List;

/** Kernel specs for tests, put together without the selector: any tile, any depth. */
final class Specs {
  private Specs() {}

  /** A kind that has kernels, as NT and stored. */
  enum Kind {
    FP8,
    FP8_1D1D,
    BF16,
    BF16_FP32;

    Signature signature() {
      return switch (this) {
        case FP8 -> Signature.FP8;
        case FP8_1D1D -> Signature.FP8.withScaling(ScaleScheme.FP32_1D1D).withOutput(DataType.FP32);
        case BF16 -> Signature.BF16;
        case BF16_FP32 -> Signature.BF16.withOutput(DataType.FP32);
      };
    }

    /** In a layout as BLAS names it: A is N as [m, k] and T as [k, m], B is T as [n, k] and N as [k, n]. */
    Signature signature(String layout, boolean accumulate) {
      Major a = layout.charAt(0) == 'N' ? Major.K : Major.MN;
      Major b = layout.charAt(1) == 'T' ? Major.K : Major.MN;
      return signature().withMajors(a, b).withAccumulate(accumulate);
    }

    GemmDesc desc(int m, int n, int k) {
      return GemmDesc.of(signature(), new Shape.Dense(m, n, k));
    }
  }

  /** Every signature that has kernels. */
  static List<Signature> signatures() {
    List<Signature> all = new ArrayList<>();
    for (boolean accumulate : new boolean[] {false, true}) {
      all.add(Kind.FP8.signature("NT", accumulate));
      all.add(Kind.FP8_1D1D.signature("NT", accumulate));
      for (String layout : List.of("NT", "NN", "TT", "TN")) {
        all.add(Kind.BF16.signature(layout, accumulate));
        all.add(Kind.BF16_FP32.signature(layout, accumulate));
      }
    }
    return all;
  }

  /** Threads of a CTA with so many that multiply. */
  static ThreadRoles threads(int math) {
    return ThreadRoles.of(ThreadRoles.TMA, 128, ThreadRoles.MATH, math);
  }

  /** A team of as many slices along k as CTAs of a cluster. */
  static Team team(int bm, int kSlices, int splitK) {
    return new Team(threads((bm <= 64 ? 128 : 256) * kSlices), splitK);
  }

  static KernelSpec spec(Kind kind, int bm, int bn, int stages, Multicast multicast) {
    return spec(kind.signature(), bm, bn, stages, multicast, team(bm, 1, 1));
  }

  /** Whatever is asked for, with the swizzles that suit it. */
  static KernelSpec spec(
      Signature signature, int bm, int bn, int stages, Multicast multicast, Team team) {
    int elements = 128 / signature.aType().bytes();
    int groups = (bn + 15) / 16;
    int share = (groups + team.splitK() - 1) / team.splitK() * 16;
    int stored = team.splitK() == 1 ? bn : share;
    Swizzles swizzles =
        new Swizzles(
            signature.majorA() == Major.K ? 128 : swizzle(bm, signature.aType()),
            signature.majorB() == Major.K ? 128 : swizzle(bn, signature.bType()),
            signature.dType() == DataType.FP32 ? 0 : swizzle(stored | bn, signature.dType()));
    Schedule schedule = new Schedule(new Tile(bm, bn, elements), multicast, team, swizzles, stages);
    return new KernelSpec("sm90", signature, schedule);
  }

  /** The widest that divides a row of so many elements. */
  private static int swizzle(int elements, DataType type) {
    return Math.min(128, Integer.lowestOneBit(elements) * type.bytes());
  }

  /** The same, with another team, and boxes of D that suit it. */
  static KernelSpec withTeam(KernelSpec s, Team team) {
    return spec(s.signature(), s.tile().m(), s.tile().n(), s.stages(), s.multicast(), team);
  }

  /** Operands that every signature takes, whatever is contiguous; scales of B by either scheme. */
  static GemmOperands operands(Signature signature, long base, boolean constantB) {
    GemmOperands.Builder operands =
        GemmOperands.builder()
            .a(base, 2048)
            .b(2 * base, 2064)
            .d(3 * base, 2080)
            .constantB(constantB);
    if (signature.accumulate()) {
      operands.c(3 * base, 2080);
    }
    return signature.scaling().isScaled()
        ? operands.scalesA(4 * base, 700).scalesB(5 * base, 2016).build()
        : operands.build();
  }

  static GemmConfig config(KernelSpec spec, GemmDesc desc, int sms) {
    return new GemmConfig(desc, spec, sms, 0, Sm90SmemLayout.of(spec, desc.k()).usage());
  }

  /** Every spec of these signatures that can be emitted, with so many stages. */
  static List<KernelSpec> all(List<Signature> signatures, int[] stages) {
    Sm90Kernels kernels = new Sm90Kernels(new Sm90Spec());
    List<KernelSpec> found = new ArrayList<>();
    for (Signature signature : signatures) {
      for (int bm : new int[] {16, 32, 64, 128, 256}) {
        for (int bn = 8; bn <= 256; bn += 8) {
          for (Multicast multicast : Multicast.values()) {
            for (int depth : stages) {
              KernelSpec spec = spec(signature, bm, bn, depth, multicast, team(bm, 1, 1));
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
