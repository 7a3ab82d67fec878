package dev.deepgemm.heuristics;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.Legality;
import java.util.List;

/**
 * The tiles that an architecture has for a problem. About others it may be asked nothing; they are kept
 * here so that a list of kernels can be gone through without asking for them again.
 */
record LegalTiles(
    ArchSpec arch, GemmDesc desc, List<Integer> blockMs, List<Integer> blockNs, int blockK) {

  static LegalTiles of(ArchSpec arch, GemmDesc desc) {
    return new LegalTiles(
        arch,
        desc,
        arch.candidateMs(desc),
        arch.blockNs(desc.signature()),
        arch.blockK(desc.signature()));
  }

  /** Whether a candidate may be used: by a kernel, and for the problem's sizes. */
  static Legality legality(ArchSpec arch, GemmDesc desc, Tile tile) {
    Legality ofKernel = arch.tile(desc.signature(), tile);
    return ofKernel.isLegal() ? arch.candidate(desc, tile) : ofKernel;
  }

  /** Whether the problem has this tile. */
  Legality legality(Tile tile) {
    return blockMs.contains(tile.m()) && blockNs.contains(tile.n()) && tile.k() == blockK
        ? legality(arch, desc, tile)
        : Legality.illegal("tile %s is no candidate for this problem", tile);
  }
}
