package dev.deepgemm.reference;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.IntMath;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of one GEMM in host memory, in the layouts of {@link dev.deepgemm.api.GemmOperands}.
 *
 * <p>Random inputs look like quantised activations and weights, because zeros and constants hide
 * errors and flatter the clock: elements are normally distributed and fill the range of FP8, and
 * scales differ by orders of magnitude from row to row and from block to block, so that a scale
 * applied in the wrong place cannot go unnoticed.
 *
 * @param a [m, k]
 * @param b [n, k]
 * @param scalesA scales of A, FP32 [cdiv(k, 128), m]; null without scaling
 * @param scalesB scales of B, FP32 [cdiv(n, 128), cdiv(k, 128)]; null without scaling
 */
public record GemmData(
    HostMatrix a, HostMatrix b, @Nullable HostMatrix scalesA, @Nullable HostMatrix scalesB) {
  // FP8 fills its range at three standard deviations: a per-token scale is its block's maximum /
  // 448.
  private static final double FP8_SIGMA = Float8.MAX / 3.0;
  private static final int SAMPLES = 1 << 16;
  private static final double SCALE_DECADES = 2;

  /** Checks that the parts fit each other. */
  public GemmData {
    if (a.cols() != b.cols() || a.type() != b.type() || (scalesA == null) != (scalesB == null)) {
      throw new IllegalArgumentException(
          "a is " + a + ", b is " + b + ", scalesA " + scalesA + ", scalesB " + scalesB);
    }
    int blocks = IntMath.cdiv(a.cols(), ScaleScheme.BLOCK);
    if (scalesA != null && (scalesA.rows() != blocks || scalesA.cols() != a.rows())) {
      throw new IllegalArgumentException(
          "scalesA is " + scalesA + ", legal: [" + blocks + ", " + a.rows() + "]");
    }
    int rows = IntMath.cdiv(b.rows(), ScaleScheme.BLOCK);
    if (scalesB != null && (scalesB.rows() != rows || scalesB.cols() != blocks)) {
      throw new IllegalArgumentException(
          "scalesB is " + scalesB + ", legal: [" + rows + ", " + blocks + "]");
    }
  }

  /** Rows of A and D. */
  public int m() {
    return a.rows();
  }

  /** Rows of B, columns of D. */
  public int n() {
    return b.rows();
  }

  /** Inner extent. */
  public int k() {
    return a.cols();
  }

  /**
   * Random inputs for a problem.
   *
   * @param desc a NORMAL problem, NT, BF16 without scales or FP8 with {@link Scaling#KERNEL_1D2D}
   * @param seed same seed, same bytes, whatever the number of processors
   * @throws IllegalArgumentException for any other kind of problem
   */
  public static GemmData random(GemmDesc desc, long seed) {
    boolean scaled = desc.scaling().equals(ScaleScheme.FP32_1D2D);
    if (desc.kind() != GemmKind.NORMAL
        || desc.majorA() != Major.K
        || desc.majorB() != Major.K
        || (!scaled && desc.scaling().isScaled())) {
      throw new IllegalArgumentException("no random inputs for " + desc);
    }
    DataType type = desc.aType();
    HostMatrix a = HostMatrix.padded(type, desc.m(), desc.k());
    HostMatrix b = HostMatrix.padded(type, desc.n(), desc.k());
    byte[] samples = normalSamples(type);
    fillRows(a, samples, seed * 4 + 1);
    fillRows(b, samples, seed * 4 + 2);
    if (!scaled) {
      return new GemmData(a, b, null, null);
    }
    int blocks = IntMath.cdiv(desc.k(), ScaleScheme.BLOCK);
    HostMatrix scalesA = HostMatrix.padded(DataType.FP32, blocks, desc.m());
    HostMatrix scalesB =
        HostMatrix.strided(
            DataType.FP32, IntMath.cdiv(desc.n(), ScaleScheme.BLOCK), blocks, blocks);
    fillScales(scalesA, new SplittableRandom(seed * 4 + 3));
    fillScales(scalesB, new SplittableRandom(seed * 4 + 4));
    return new GemmData(a, b, scalesA, scalesB);
  }

  /**
   * The same inputs with rows of zeros behind B, so that n is a multiple of {@code unit}; itself if it
   * is one already.
   *
   * @param unit a divisor of 128, so that no scale changes its place
   */
  public GemmData withPaddedN(int unit) {
    if (ScaleScheme.BLOCK % unit != 0) {
      throw new IllegalArgumentException("unit " + unit + "; legal: divisors of 128");
    }
    int rows = IntMath.align(n(), unit);
    if (rows == n()) {
      return this;
    }
    HostMatrix padded = HostMatrix.strided(b.type(), rows, b.cols(), b.stride());
    for (int row = 0; row < n(); row++) {
      System.arraycopy(
          b.chunkOf(row),
          b.offsetInChunk(row),
          padded.chunkOf(row),
          padded.offsetInChunk(row),
          b.rowBytes());
    }
    return new GemmData(a, padded, scalesA, scalesB);
  }

  /** Row {@code i} of A as numbers, scales applied. */
  void decodeA(int i, double[] into) {
    a.decodeRow(i, into);
    if (scalesA != null) {
      for (int kk = 0; kk < k(); kk++) {
        into[kk] *= scalesA.get(kk / ScaleScheme.BLOCK, i);
      }
    }
  }

  /** Row {@code j} of B as numbers, scales applied. */
  void decodeB(int j, double[] into) {
    b.decodeRow(j, into);
    if (scalesB != null) {
      for (int kk = 0; kk < k(); kk++) {
        into[kk] *= scalesB.get(j / ScaleScheme.BLOCK, kk / ScaleScheme.BLOCK);
      }
    }
  }

  // Drawing a Gaussian costs a logarithm and a root; choosing among 65,536 Gaussians that were
  // drawn and
  // encoded before costs 16 random bits. The matrices of one large problem have 10^8 elements.
  private static byte[] normalSamples(DataType type) {
    HostMatrix samples = HostMatrix.strided(type, 1, SAMPLES, SAMPLES);
    Random random = new Random(0x5EED);
    for (int i = 0; i < SAMPLES; i++) {
      double value = random.nextGaussian();
      samples.set(0, i, (float) (type == DataType.FP8_E4M3 ? value * FP8_SIGMA : value));
    }
    return samples.chunkOf(0);
  }

  private static void fillRows(HostMatrix matrix, byte[] samples, long seed) {
    int size = matrix.type().bytes();
    IntStream.range(0, matrix.rows())
        .parallel()
        .forEach(
            row -> {
              SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + row);
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
