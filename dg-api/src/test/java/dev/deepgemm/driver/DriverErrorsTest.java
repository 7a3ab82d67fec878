package dev.deepgemm.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DriverErrorsTest {
  @ParameterizedTest
  @CsvSource({
    "1, DG-CUDA-01",
    "2, DG-CUDA-07",
    "100, DG-CUDA-03",
    "201, DG-CUDA-08",
    "400, DG-CUDA-08",
    "700, DG-CUDA-06",
    "719, DG-CUDA-06",
    "900, DG-CUDA-05"
  })
  void code_hasTheIdOfItsSituation_andTheDriversWords(int code, String id) {
    CudaException e = DriverErrors.failed("cuSomething", code, "CUDA_ERROR_NAME", "its text");
    assertEquals(id, e.problems().get(0).id());
    assertEquals(code, e.code());
    assertTrue(
        e.getMessage()
            .contains("cuSomething returned CUDA_ERROR_NAME (" + code + "), \"its text\""),
        e.getMessage());
  }
}
