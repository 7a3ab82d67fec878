package dev.deepgemm.sm90;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.DeviceMatrix;
import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.PtxModule;
import dev.deepgemm.emulator.DeviceMemory;
import dev.deepgemm.emulator.Emulator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/**
 * One GEMM on the emulator, with random operands in padded rows, a poisoned output and a reference in
 * double precision.
 *
 * <p>The conversions are written out here once more, on purpose: this module's tests share no code with
 * what they test.
 */
final class EmulatedGemm {
  private final GemmDesc desc;
  private final Random random;
  private final DeviceMemory memory = new DeviceMemory();
  private final double[][] a;
  private final double[][] b;
  private final GemmOperands operands;

  EmulatedGemm(GemmDesc desc, long seed) {
    this.desc = desc;
    this.random = new Random(seed);
    this.a = new double[desc.m()][desc.k()];
    this.b = new double[desc.n()][desc.k()];
    DeviceMatrix deviceA = fill(a);
    DeviceMatrix deviceB = fill(b);
    int outputStride = padded(desc.n(), desc.dType()) + 16 / desc.dType().bytes();
    long output = memory.allocate((long) desc.m() * outputStride * desc.dType().bytes());
    DeviceMatrix d = new DeviceMatrix(output, outputStride);
    if (!desc.scaling().isScaled()) {
      operands = GemmOperands.unscaled(deviceA, deviceB, d);
    } else {
      operands = GemmOperands.of(deviceA, deviceB, d, scalesOfA(), scalesOfB());
    }
  }

  private static int padded(int columns, DataType type) {
    int unit = 16 / type.bytes();
    return (columns + unit - 1) / unit * unit;
  }

  private DeviceMatrix fill(double[][] matrix) {
    DataType type = desc.aType();
    int stride = padded(desc.k(), type);
    ByteBuffer bytes = buffer(matrix.length * stride * type.bytes());
    for (double[] row : matrix) {
      for (int column = 0; column < stride; column++) {
        // What lies behind the row must not be read: it is no zero.
        double value = random.nextGaussian();
        double stored;
        if (type == DataType.FP8_E4M3) {
          byte code = (byte) (random.nextInt(2) << 7 | 0x20 + random.nextInt(0x28));
          bytes.put(code);
          stored = e4m3(code);
        } else {
          short code = (short) (Float.floatToIntBits((float) value) >>> 16);
          bytes.putShort(code);
          stored = Float.intBitsToFloat(code << 16);
        }
        if (column < row.length) {
          row[column] = stored;
        }
      }
    }
    return new DeviceMatrix(memory.allocate(bytes.array()), stride);
  }

  /** [cdiv(k, 128), m], applied to the rows of the reference at once. */
  private DeviceMatrix scalesOfA() {
    int blocks = (desc.k() + 127) / 128;
    int stride = padded(desc.m(), DataType.FP32);
    ByteBuffer bytes = buffer(blocks * stride * Float.BYTES);
    for (int block = 0; block < blocks; block++) {
      for (int row = 0; row < stride; row++) {
        float scale = 0.5f + random.nextFloat();
        bytes.putFloat(scale);
        if (row < desc.m()) {
          for (int i = 128 * block; i < Math.min(desc.k(), 128 * block + 128); i++) {
            a[row][i] *= scale;
          }
        }
      }
    }
    return new DeviceMatrix(memory.allocate(bytes.array()), stride);
  }

  /** [cdiv(n, 128), cdiv(k, 128)]. */
  private DeviceMatrix scalesOfB() {
    int blocks = (desc.k() + 127) / 128;
    int rows = (desc.n() + 127) / 128;
    ByteBuffer bytes = buffer(rows * blocks * Float.BYTES);
    for (int row = 0; row < rows; row++) {
      for (int block = 0; block < blocks; block++) {
        float scale = 0.5f + random.nextFloat();
        bytes.putFloat(scale);
        for (int j = 128 * row; j < Math.min(desc.n(), 128 * row + 128); j++) {
          for (int i = 128 * block; i < Math.min(desc.k(), 128 * block + 128); i++) {
            b[j][i] *= scale;
          }
        }
      }
    }
    return new DeviceMatrix(memory.allocate(bytes.array()), blocks);
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
    DeviceMatrix d = operands.d();
    int type = desc.dType().bytes();
    memory.poison(d.address(), Math.toIntExact(desc.m() * d.stride() * type));
    if (operands.constantB()) {
      memory.declareConstant(operands.b().address());
    }
    Emulator.builder()
        .seed(seed)
        .dependent(kernels.awaitsPreviousGrid())
        .build()
        .run(module, kernels.plan(config, operands), memory);
    return error();
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
      for (int j = 0; j < desc.n(); j++) {
        double expected = 0;
        for (int l = 0; l < desc.k(); l++) {
          expected += a[i][l] * b[j][l];
        }
        double value =
            desc.dType() == DataType.FP32
                ? written.getFloat()
                : Float.intBitsToFloat(written.getShort() << 16);
        wrong += (value - expected) * (value - expected);
        right += expected * expected;
      }
    }
    return Math.sqrt(wrong / right);
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static double e4m3(byte code) {
    int exponent = code >> 3 & 15;
    int fraction = code & 7;
    double magnitude =
        exponent == 0 ? fraction * 0x1p-9 : (8 + fraction) * Math.pow(2, exponent - 10);
    return code < 0 ? -magnitude : magnitude;
  }
}
