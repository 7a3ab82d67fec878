package dev.deepgemm.heuristics;

import static dev.deepgemm.api.IntMath.gcd;

import dev.deepgemm.api.Major;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.ArchSpec;

/** The widest swizzle that an operand's rows in shared memory allow. */
final class Swizzling {
  private Swizzling() {}

  /**
   * @param loaded the part of the tile that one CTA loads: what TMA copies is what is swizzled
   * @param team who works on the tile: a box of D has to divide what one CTA of it stores
   * @throws UnsupportedGemmException if rows are not a multiple of 16 bytes ({@code DG-CONF-06})
   */
  static Swizzles of(ArchSpec arch, Signature signature, Tile tile, Tile loaded, Team team) {
    int innerA = signature.majorA() == Major.K ? tile.k() : loaded.m();
    int innerB = signature.majorB() == Major.K ? tile.k() : loaded.n();
    int stored = gcd(arch.storedColumns(signature, tile, team), tile.n());
    return new Swizzles(
        widest("A", innerA * signature.aType().bytes()),
        widest("B", innerB * signature.bType().bytes()),
        arch.swizzlesD(signature) ? widest("D", stored * signature.dType().bytes()) : 0);
  }

  private static int widest(String operand, int rowBytes) {
    for (int width = 128; width >= 16; width /= 2) {
      if (rowBytes % width == 0) {
        return width;
      }
    }
    throw new UnsupportedGemmException(
        Problem.of(
            "DG-CONF-06",
            "a row of the tile of %s is %d bytes; TMA copies multiples of 16. The architecture"
                + " plugin should call such a tile illegal",
            operand,
            rowBytes));
  }
}
