package dev.deepgemm.heuristics;

import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.Tile;

/**
 * How the tiles of a problem fall on the SMs: as many rounds ("waves") as it takes, of which the
 * last may leave SMs idle.
 *
 * @param blocks tiles of the whole problem, all groups; {@link Long#MAX_VALUE} stands for "or more"
 * @param waves rounds
 * @param last SMs that have work in the last round, 1 to the number of SMs
 */
record Waves(long blocks, long waves, int last) {

  static Waves of(GemmDesc desc, Tile tile, int sms) {
    // At most 2^31 x 2^31, so that the product fits; the groups need not.
    long perGroup = (long) cdiv(desc.m(), tile.m()) * cdiv(desc.n(), tile.n());
    boolean fits = perGroup <= Long.MAX_VALUE / desc.shape().tiledGroups();
    long blocks = fits ? perGroup * desc.shape().tiledGroups() : Long.MAX_VALUE;
    int remainder = (int) (blocks % sms);
    return new Waves(blocks, (blocks - 1) / sms + 1, remainder == 0 ? sms : remainder);
  }
}
