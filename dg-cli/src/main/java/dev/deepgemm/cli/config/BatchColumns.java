package dev.deepgemm.cli.config;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import java.util.List;

/**
 * The columns of a batch: those of DeepGEMM's golden tables, so that an output can be compared with
 * them byte by byte.
 */
final class BatchColumns {
  /** Columns that are read. */
  static final List<String> INPUTS =
      List.of(
          "arch",
          "minimize",
          "gemm_type",
          "kernel_type",
          "m",
          "n",
          "k",
          "num_groups",
          "major_a",
          "major_b",
          "ab_dtype",
          "cd_dtype",
          "with_accumulation",
          "num_sms");

  /** Columns that are computed; the error comes behind them. */
  static final List<String> RESULTS =
      List.of(
          "block_m",
          "block_n",
          "block_k",
          "num_stages",
          "num_last_stages",
          "num_sms_used",
          "tc_util",
          "num_multicast",
          "multicast_on_a",
          "smem_size",
          "swizzle_a",
          "swizzle_b",
          "swizzle_cd",
          "num_threads",
          "num_tma_threads",
          "num_math_threads",
          "num_non_epilogue_threads",
          "num_epilogue_threads");

  private static final String ERROR = "error";

  /** Tensor-core utilisation that DeepGEMM aims at, in percent; nothing changes it. */
  private static final int TC_UTIL = 100;

  private BatchColumns() {}

  static String header() {
    return String.join(",", INPUTS) + "," + String.join(",", RESULTS) + "," + ERROR;
  }

  /** Result columns, a comma before each, and an empty error. */
  static void appendResults(StringBuilder line, GemmConfig config) {
    KernelSpec kernel = config.kernel();
    ThreadColumns threads = ThreadColumns.of(kernel.threads());
    add(line, kernel.tile().m());
    add(line, kernel.tile().n());
    add(line, kernel.tile().k());
    add(line, kernel.stages());
    add(line, config.numLastStages());
    add(line, config.numSms());
    add(line, TC_UTIL);
    add(line, kernel.multicast().ctas());
    add(line, kernel.multicast() == Multicast.ON_A ? 1 : 0);
    add(line, config.smemBytes());
    add(line, kernel.swizzles().a());
    add(line, kernel.swizzles().b());
    add(line, kernel.swizzles().d());
    add(line, kernel.threads().total());
    add(line, threads.tma());
    add(line, threads.math());
    add(line, threads.nonEpilogue());
    add(line, threads.epilogue());
    line.append(',');
  }

  /**
   * Empty result columns and an error; the file has no quoting, so commas and line ends must go.
   */
  static void appendError(StringBuilder line, String error) {
    line.append(",".repeat(RESULTS.size() + 1));
    line.append(
        error.replaceAll("(?<=\\d),(?=\\d)", "").replaceAll("\\R", " | ").replace(',', ';'));
  }

  private static void add(StringBuilder line, int value) {
    line.append(',').append(value);
  }
}
