package dev.deepgemm.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import java.util.List;
import org.junit.jupiter.api.Test;
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
  void check_types_reportsAllProblems(DataType ab, DataType d, String scales, String ids) {
    Signature signature =
        Signature.BF16.withTypes(ab, ab).withScaling(ScaleScheme.named(scales)).withOutput(d);
    assertEquals(ids, String.join(" ", rules.check(signature).stream().map(Problem::id).toList()));
  }

  @Test
  void check_operandsOfTwoTypes_areRefusedByName() {
    Signature mixed = Signature.FP8.withTypes(DataType.FP8_E4M3, DataType.BF16);
    List<Problem> found = rules.check(mixed);
    assertEquals(List.of("DG-CONF-01"), found.stream().map(Problem::id).toList());
    assertTrue(found.get(0).message().contains("FP8_E4M3 and BF16"), found.get(0).message());
  }
}
