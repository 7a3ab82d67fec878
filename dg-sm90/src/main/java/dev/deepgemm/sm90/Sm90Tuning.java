package dev.deepgemm.sm90;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.spi.Tuning;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What was measured, as resources of this jar; {@code dg tune --fit} writes them. */
final class Sm90Tuning {
  private Sm90Tuning() {}

  /** Each is read on first use, and never if nobody asks for tuned selection. */
  private static final class Fp8 {
    static final Optional<Tuning> TUNING = Optional.of(read("tuning-fp8.txt"));
  }

  private static final class Bf16 {
    static final Optional<Tuning> TUNING = Optional.of(read("tuning-bf16.txt"));
  }

  /** For the signatures for which there are kernels. */
  static Optional<Tuning> of(Signature signature) {
    if (signature.kind() != GemmKind.NORMAL
        || signature.majorA() != Major.K
        || signature.majorB() != Major.K
        || signature.accumulate()) {
      return Optional.empty();
    }
    if (signature.scaling().equals(ScaleScheme.FP32_1D2D) && signature.dType() == DataType.BF16) {
      return Fp8.TUNING;
    }
    return !signature.scaling().isScaled() ? Bf16.TUNING : Optional.empty();
  }

  private static Tuning read(String resource) {
    try (InputStream in = Sm90Tuning.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("resource " + resource + " is missing");
      }
      return Tuning.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
