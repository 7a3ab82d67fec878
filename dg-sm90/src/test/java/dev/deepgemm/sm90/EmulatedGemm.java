package dev.deepgemm.sm90;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.emulator.DeviceMemory;
import dev.deepgemm.emulator.Emulator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/**
 * One GEMM on the emulator, with random operands in rows that NaNs follow, a poisoned output and a
 * reference in double precision.
 *
 * <p>The conversions are written out here once more, on purpose: this module's tests share no code with
 * what they test.
 */
final class EmulatedGemm {
  private final GemmDesc desc;
  private final Random random;
  private final DeviceMemory memory = new DeviceMemory();
  private final GemmOperands operands;

  /** What has to come out, but for rounding. */
  private final double[][] expected;

  /** What is in D before, if it is added to. */
  private final double[][] before;

  EmulatedGemm(GemmDesc desc, long seed) {
    this.desc = desc;
    this.random = new Random(seed);
    double[][] a = new double[desc.m()][desc.k()];
    double[][] b = new double[desc.n()][desc.k()];
    DeviceMatrix deviceA = fill(a, desc.signature().a());
    DeviceMatrix deviceB = fill(b, desc.signature().b());
    int outputStride = stride(desc.n(), desc.dType());
    long output = memory.allocate((long) desc.m() * outputStride * desc.dType().bytes());
    DeviceMatrix d = new DeviceMatrix(output, outputStride);
    if (!desc.scaling().isScaled()) {
      operands = GemmOperands.unscaled(deviceA, deviceB, d);
    } else if (desc.scaling().equals(ScaleScheme.FP32_1D1D)) {
      operands = GemmOperands.of(deviceA, deviceB, d, scalesOfRows(a), scalesOfRows(b));
    } else {
      operands = GemmOperands.of(deviceA, deviceB, d, scalesOfRows(a), scalesOfBlocks(b));
    }
    this.expected = product(a, b);
    this.before = desc.accumulate() ? addends() : new double[0][];
  }

  /** What an error may be. */
  static double tolerance(Signature signature) {
    if (signature.dType() == DataType.FP32) {
      return 1e-6;
    }
    // BF16 output is rounded to 8 bits: 2^-9 at worst, 1.7e-3 on average over a random product.
    // What is added is rounded before and after.
    return signature.accumulate() ? 3e-3 : 2.2e-3;
  }

  /** Rows of whole units of 16 bytes, and one more that belongs to nobody. */
  private static int stride(int columns, DataType type) {
    int unit = 16 / type.bytes();
    return ((columns + unit - 1) / unit + 1) * unit;
  }

  /** Random elements, stored by rows or by columns. */
  private DeviceMatrix fill(double[][] matrix, Signature.Input input) {
    DataType type = input.type();
    boolean kMajor = input.major() == Major.K;
    int rows = kMajor ? matrix.length : matrix[0].length;
    int columns = kMajor ? matrix[0].length : matrix.length;
    int stride = stride(columns, type);
    ByteBuffer bytes = buffer(rows * stride * type.bytes());
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < stride; column++) {
        double stored = put(bytes, type, column < columns);
        if (column < columns) {
          matrix[kMajor ? row : column][kMajor ? column : row] = stored;
        }
      }
    }
    return new DeviceMatrix(memory.allocate(bytes.array()), stride);
  }

  /** A random element, or NaN: what lies behind a row must not be read. */
  private double put(ByteBuffer bytes, DataType type, boolean number) {
    if (type == DataType.FP8_E4M3) {
      byte code =
          number ? (byte) (random.nextInt(2) << 7 | 0x20 + random.nextInt(0x28)) : (byte) 0x7f;
      bytes.put(code);
      return e4m3(code);
    }
    float value = number ? (float) random.nextGaussian() : Float.NaN;
    bytes.putShort(bf16(value));
    return fromBf16(bf16(value));
  }

  /** [cdiv(k, 128), rows], applied to the rows of the reference at once. */
  private DeviceMatrix scalesOfRows(double[][] matrix) {
    int blocks = (desc.k() + 127) / 128;
    int stride = stride(matrix.length, DataType.FP32);
    ByteBuffer bytes = buffer(blocks * stride * Float.BYTES);
    for (int block = 0; block < blocks; block++) {
      for (int row = 0; row < stride; row++) {
        float scale = row < matrix.length ? 0.5f + random.nextFloat() : Float.NaN;
        bytes.putFloat(scale);
        if (row < matrix.length) {
          scale(matrix[row], block, scale);
        }
      }
    }
    return new DeviceMatrix(memory.allocate(bytes.array()), stride);
  }

  /** [cdiv(n, 128), cdiv(k, 128)]. */
  private DeviceMatrix scalesOfBlocks(double[][] matrix) {
    int blocks = (desc.k() + 127) / 128;
    int rows = (desc.n() + 127) / 128;
    ByteBuffer bytes = buffer(rows * (blocks + 1) * Float.BYTES);
    for (int row = 0; row < rows; row++) {
      for (int block = 0; block < blocks; block++) {
        float scale = 0.5f + random.nextFloat();
        bytes.putFloat(scale);
        for (int j = 128 * row; j < Math.min(desc.n(), 128 * row + 128); j++) {
          scale(matrix[j], block, scale);
        }
      }
      bytes.putFloat(Float.NaN);
    }
    return new DeviceMatrix(memory.allocate(bytes.array()), blocks + 1);
  }

  private static void scale(double[] row, int block, float scale) {
    for (int i = 128 * block; i < Math.min(row.length, 128 * block + 128); i++) {
      row[i] *= scale;
    }
  }

  private double[][] product(double[][] a, double[][] b) {
    double[][] product = new double[desc.m()][desc.n()];
    for (int i = 0; i < desc.m(); i++) {
      for (int j = 0; j < desc.n(); j++) {
        double sum = 0;
        for (int l = 0; l < desc.k(); l++) {
          sum += a[i][l] * b[j][l];
        }
        product[i][j] = sum;
      }
    }
    return product;
  }

  /** As large as what is added to them, and added to the expected result. */
  private double[][] addends() {
    double squares = 0;
    for (double[] row : expected) {
      for (double value : row) {
        squares += value * value;
      }
    }
    double size = Math.sqrt(squares / desc.m() / desc.n());
    double[][] addends = new double[desc.m()][desc.n()];
    for (int i = 0; i < desc.m(); i++) {
      for (int j = 0; j < desc.n(); j++) {
        float value = (float) (size * random.nextGaussian());
        addends[i][j] = desc.dType() == DataType.FP32 ? value : fromBf16(bf16(value));
        expected[i][j] += addends[i][j];
      }
    }
    return addends;
  }

  /**
   * Runs the kernel twice, B being constant or not, which must make no difference; the relative error of
   * the whole output.
   */
  double run(KernelSpec spec, int sms, long seed) {
    // More SMs than are used: a constant B is fetched early then.
    GemmConfig config = Specs.config(spec, desc.withSmLimit(2 * sms), sms);
    PtxModule module = new Sm90Kernels(new Sm90Spec()).emit(spec);
    double error = run(module, config, operands, seed);
    double early = run(module, config, operands.withConstantB(true), seed + 1);
    if (error != early) {
      throw new AssertionError("relative error " + error + ", with a constant B " + early);
    }
    return error;
  }

  /** Runs a module in place of the kernel of a configuration. */
  double run(PtxModule module, GemmConfig config, long seed) {
    return run(module, config, operands, seed);
  }

  private double run(PtxModule module, GemmConfig config, GemmOperands operands, long seed) {
    Sm90Kernels kernels = new Sm90Kernels(new Sm90Spec());
    prepareD();
    if (operands.constantB()) {
      memory.declareConstant(operands.b().address());
      DeviceMatrix scales = operands.scalesB();
      if (scales != null) {
        memory.declareConstant(scales.address());
      }
    }
    Emulator.builder()
        .seed(seed)
        .dependent(kernels.awaitsPreviousGrid())
        .build()
        .run(module, kernels.plan(config, operands), memory);
    return error();
  }

  /** Nothing is in D but what is added to. */
  private void prepareD() {
    DeviceMatrix d = operands.d();
    int type = desc.dType().bytes();
    memory.poison(d.address(), Math.toIntExact(desc.m() * d.stride() * type));
    for (int i = 0; i < before.length; i++) {
      ByteBuffer row = buffer(desc.n() * type);
      for (double value : before[i]) {
        if (desc.dType() == DataType.FP32) {
          row.putFloat((float) value);
        } else {
          row.putShort(bf16((float) value));
        }
      }
      memory.write(d.address() + i * d.stride() * type, row.array());
    }
  }

  private double error() {
    DeviceMatrix d = operands.d();
    double wrong = 0;
    double right = 0;
    for (int i = 0; i < desc.m(); i++) {
      long row = d.address() + i * d.stride() * desc.dType().bytes();
      int bytes = desc.n() * desc.dType().bytes();
      if (memory.undefined(row, bytes) != 0) {
        throw new AssertionError("row " + i + " was not written whole");
      }
      int behind = Math.toIntExact(d.stride() * desc.dType().bytes()) - bytes;
      if (memory.undefined(row + bytes, behind) != behind) {
        throw new AssertionError("row " + i + ": something was written behind column " + desc.n());
      }
      ByteBuffer written = ByteBuffer.wrap(memory.read(row, bytes)).order(ByteOrder.LITTLE_ENDIAN);
      for (double value : expected[i]) {
        double stored =
            desc.dType() == DataType.FP32 ? written.getFloat() : fromBf16(written.getShort());
        wrong += (stored - value) * (stored - value);
        right += value * value;
      }
    }
    return Math.sqrt(wrong / right);
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Cut off: any value will do that can be stored. */
  private static short bf16(float value) {
    return (short) (Float.floatToIntBits(value) >>> 16);
  }

  private static double fromBf16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  private static double e4m3(byte code) {
    int exponent = code >> 3 & 15;
    int fraction = code & 7;
    double magnitude =
        exponent == 0 ? fraction * 0x1p-9 : (8 + fraction) * Math.pow(2, exponent - 10);
    return code < 0 ? -magnitude : magnitude;
  }
}
