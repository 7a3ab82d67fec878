package dev.deepgemm.sm90;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.Tile;
import java.util.List;
import java.util.Random;

/**
 * A kernel picked from all that can be emitted, and a problem for it: a few tiles that end anywhere.
 *
 * @param spec the kernel
 * @param desc the problem
 * @param sms CTAs of the launch
 */
record RandomGemm(KernelSpec spec, GemmDesc desc, int sms) {
  private static final Sm90Spec ARCH = new Sm90Spec();
  private static final Sm90Kernels KERNELS = new Sm90Kernels(ARCH);

  /**
   * The next one.
   *
   * @param work multiplications that it may have at most, of whole tiles
   */
  static RandomGemm next(Random random, List<Signature> signatures, long work) {
    Signature signature = pick(random, signatures);
    while (true) {
      int blockK = ARCH.blockK(signature);
      int bm = pick(random, ARCH.blockMs(signature));
      int bn = pick(random, ARCH.blockNs(signature));
      Tile tile = new Tile(bm, bn, blockK);
      List<Team> teams =
          ARCH.tile(signature, tile).isLegal() ? ARCH.teams(signature, tile) : List.of();
      if (teams.isEmpty()) {
        continue;
      }
      Team team = pick(random, teams);
      int slices = ARCH.kSlices(signature, tile, team);
      Multicast multicast =
          team.splitK() == 1 ? pick(random, List.of(Multicast.values())) : Multicast.NONE;
      int stages = slices * (1 + random.nextInt(4));
      KernelSpec spec = Specs.spec(signature, bm, bn, stages, multicast, team);
      int unit = 16 / signature.dType().bytes();
      int m = 1 + random.nextInt(2 * bm);
      int n = unit * (1 + random.nextInt(Math.max(1, 3 * bn / unit)));
      int k = 1 + random.nextInt(blockK * (2 + stages * team.splitK()));
      long tiles = (long) (m + bm - 1) / bm * ((n + bn - 1) / bn);
      if (tiles * Math.max(64, bm) * bn * (k + blockK) <= work && KERNELS.canEmit(spec).isLegal()) {
        GemmDesc desc = GemmDesc.of(signature, new Shape.Dense(m, n, k));
        return new RandomGemm(spec, desc, spec.cluster() * (1 + random.nextInt(2)));
      }
    }
  }

  private static <T> T pick(Random random, List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  @Override
  public String toString() {
    return desc.m() + "x" + desc.n() + "x" + desc.k() + " " + spec.id() + " on " + sms + " SMs";
  }
}
