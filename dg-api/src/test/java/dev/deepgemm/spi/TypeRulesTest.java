package dev.deepgemm.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TypeRulesTest {
  private final TypeRules rules =
      new TypeRules(
          "sm_00",
          List.of(DataType.FP8_E4M3, DataType.BF16),
          List.of(DataType.BF16, DataType.FP32));

  @ParameterizedTest
  @CsvSource({
    "FP8_E4M3, BF16,     KERNEL_1D2D,  ''",
    "FP8_E4M3, FP32,     KERNEL_1D1D,  ''",
    "BF16,     FP32,     KERNEL_NO_SF, ''",
    "FP32,     BF16,     KERNEL_NO_SF, DG-CONF-01",
    "FP32,     BF16,     KERNEL_1D1D,  DG-CONF-01",
    "BF16,     FP8_E4M3, KERNEL_NO_SF, DG-CONF-02",
    "FP32,     FP8_E4M3, KERNEL_NO_SF, DG-CONF-01 DG-CONF-02",
    "FP8_E4M3, BF16,     KERNEL_NO_SF, DG-CONF-03",
    "BF16,     BF16,     KERNEL_1D2D,  DG-CONF-03",
    "BF16,     FP8_E4M3, KERNEL_1D1D,  DG-CONF-02 DG-CONF-03",
  })
  void check_types_reportsAllProblems(DataType ab, DataType cd, ScaleScheme scaling, String ids) {
    GemmDesc desc =
        new GemmDesc(GemmKind.NORMAL, scaling, 64, 64, 64, 1, Major.K, Major.K, ab, cd, false, 0);
    assertEquals(ids, String.join(" ", rules.check(desc).stream().map(Problem::id).toList()));
  }
}
