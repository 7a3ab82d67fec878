package dev.deepgemm.reference;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.launch.OperandRole;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Inputs that look like quantised activations and weights, because zeros and constants hide errors and
 * flatter the clock: elements are normally distributed and fill the range of FP8, and scales differ by
 * orders of magnitude from row to row and from block to block, so that a scale applied in the wrong place
 * cannot go unnoticed. What a product is added to is as large as a typical product.
 */
final class RandomInputs {
  // FP8 fills its range at three standard deviations: a per-token scale is its block's
  // maximum / 448.
  private static final double FP8_SIGMA = Float8.MAX / 3.0;
  private static final int SAMPLES = 1 << 16;
  private static final double SCALE_DECADES = 2;
  private static final long INCREMENT = 0x9E3779B97F4A7C15L;

  private final GemmDesc desc;
  private final long seed;

  RandomInputs(GemmDesc desc, long seed) {
    this.desc = desc;
    this.seed = seed;
  }

  /** Fills matrices of zeros. */
  void fill(Map<OperandRole, HostMatrix> operands) {
    operands.forEach(
        (role, matrix) -> {
          switch (role) {
            case A -> fillRows(matrix, sigma(desc.aType()), first(desc.majorA(), seed * 4 + 1));
            case B -> fillRows(matrix, sigma(desc.bType()), first(desc.majorB(), seed * 4 + 2));
            case SCALES_A -> fillScales(matrix, new SplittableRandom(seed * 4 + 3));
            case SCALES_B -> fillScales(matrix, new SplittableRandom(seed * 4 + 4));
            // The complement is nobody else's seed.
            case C -> fillRows(matrix, sigmaOfProduct(), first(Major.K, ~(seed * 4 + 1)));
            default -> throw new IllegalArgumentException("no random inputs for " + role);
          }
        });
  }

  /**
   * The seed of a matrix's first row. Seeds that differ by a multiple of the generator's own increment give the same
   * numbers, shifted along the row. Along k that does no harm, and results that were recorded on devices are of such
   * inputs; across k, columns of A would be columns of B, so there the seed is mixed.
   */
  private static long first(Major major, long seed) {
    return major == Major.K ? seed * INCREMENT : new SplittableRandom(seed).nextLong();
  }

  private static double sigma(DataType type) {
    return type == DataType.FP8_E4M3 ? FP8_SIGMA : 1;
  }

  private double sigmaOfProduct() {
    double scales = desc.scaling().isScaled() ? 1.0 / (Float8.MAX * Float8.MAX) : 1;
    return sigma(desc.aType()) * sigma(desc.bType()) * scales * Math.sqrt(desc.k());
  }

  // Drawing a Gaussian costs a logarithm and a root; choosing among 65,536 that were drawn and
  // encoded before costs 16 random bits. The matrices of one large problem have 10^8 elements.
  private static byte[] normalSamples(DataType type, double sigma) {
    HostMatrix samples = HostMatrix.strided(type, 1, SAMPLES, SAMPLES);
    Random random = new Random(0x5EED);
    for (int i = 0; i < SAMPLES; i++) {
      samples.set(0, i, (float) (random.nextGaussian() * sigma));
    }
    return samples.chunkOf(0);
  }

  private static void fillRows(HostMatrix matrix, double sigma, long first) {
    byte[] samples = normalSamples(matrix.type(), sigma);
    int size = matrix.type().bytes();
    IntStream.range(0, matrix.rows())
        .parallel()
        .forEach(
            row -> {
              SplittableRandom random = new SplittableRandom(first + row);
              byte[] bytes = matrix.chunkOf(row);
              int at = matrix.offsetInChunk(row);
              int end = at + matrix.cols() * size;
              long bits = 0;
              for (int draw = 0; at < end; at += size, draw++, bits >>>= 16) {
                if (draw % 4 == 0) {
                  bits = random.nextLong();
                }
                int from = (int) (bits & 0xFFFF) * size;
                for (int i = 0; i < size; i++) {
                  bytes[at + i] = samples[from + i];
                }
              }
            });
  }

  // Log-uniform around 1 / 448, what a block with a maximum of 1 has.
  private static void fillScales(HostMatrix scales, SplittableRandom random) {
    for (int row = 0; row < scales.rows(); row++) {
      for (int col = 0; col < scales.cols(); col++) {
        double decades = (random.nextDouble() - 0.5) * SCALE_DECADES;
        scales.set(row, col, (float) (Math.pow(10, decades) / Float8.MAX));
      }
    }
  }
}
