package dev.deepgemm.measure.agree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.emulator.AccumulationModel;
import dev.deepgemm.emulator.Emulator;
import dev.deepgemm.measure.bench.BenchKind;
import dev.deepgemm.measure.machine.EmulatorMachine;
import dev.deepgemm.measure.machine.GemmRun;
import dev.deepgemm.measure.sweep.SweepCase;
import dev.deepgemm.measure.sweep.SweepShape;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.GemmError;
import dev.deepgemm.reference.GemmReference;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The emulator against what an H200 computed.
 *
 * <p>The outputs themselves are not kept, but the exact relative error of each: one number into which
 * every element goes. Elements that differ by a rounding anywhere change it in the sixth digit or
 * before, as the other model shows, while sums over rows in another order change the last one of
 * sixteen.
 */
class AgreementTest {
  private static final Path RECORDED =
      Path.of("../benchmark/results/2026-11-23-h200-agreement.json.gz");

  /** The larger shapes take seconds each. */
  private static final int MOST_ROWS = 31;

  /** Kernels per shape: they differ in tiles and stages, not in the order of k. */
  private static final int KERNELS = 2;

  private final ArchSpec arch = ArchSpecs.load().get("sm90");
  private final Options options = Options.defaults();

  /** Some recorded launches whose kernels there are still, under the same names. */
  private Map<SweepCase, JsonNode> recorded(String type) throws IOException {
    Map<String, JsonNode> byKernel = new LinkedHashMap<>();
    JsonNode all;
    try (InputStream in = new GZIPInputStream(Files.newInputStream(RECORDED))) {
      all = new ObjectMapper().readTree(in);
    }
    all.get("launches").forEach(launch -> byKernel.put(launch.get("kernel").asText(), launch));
    List<Problem> problems = new ArrayList<>();
    Map<SweepCase, JsonNode> found = new LinkedHashMap<>();
    Map<SweepShape, Integer> taken = new LinkedHashMap<>();
    for (BenchKind kind : BenchKind.parse(List.of(type), BenchKind.CLASSIC, problems)) {
      for (SweepCase one : AgreeRunner.cases(arch, kind, Integer.MAX_VALUE, options)) {
        JsonNode launch = byKernel.get(one.config().kernel().id());
        if (launch != null
            && one.config().desc().m() == launch.get("m").asInt()
            && one.config().desc().m() <= MOST_ROWS
            && taken.merge(one.shape(), 1, Integer::sum) <= KERNELS) {
          found.put(one, launch);
        }
      }
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(strings = {"fp8", "bf16", "bf16-fp32"})
  void hopper_isWhatTheDeviceComputed_andFp32IsNot(String type) throws IOException {
    Map<SweepCase, JsonNode> launches = recorded(type);
    assertEquals(4 * KERNELS, launches.size(), launches.keySet().toString());
    boolean differs = false;
    for (Map.Entry<SweepCase, JsonNode> entry : launches.entrySet()) {
      double error = entry.getValue().get("device_relative_error").asDouble();
      double worst = entry.getValue().get("device_worst_element_error").asDouble();
      GemmError hopper = emulate(entry.getKey(), AccumulationModel.HOPPER);
      assertEquals(error, hopper.relative(), 1e-13 * error, entry.getKey().toString());
      assertEquals(worst, hopper.worst(), entry.getKey().toString());
      GemmError fp32 = emulate(entry.getKey(), AccumulationModel.FP32);
      differs |= Math.abs(fp32.relative() - error) > 1e-10 * error;
    }
    assertTrue(differs, "a test that cannot tell the models apart shows nothing");
  }

  private GemmError emulate(SweepCase one, AccumulationModel model) {
    GemmData data = GemmData.random(one.config().desc(), 0);
    Emulator emulator = Emulator.builder().accumulation(model).build();
    try (EmulatorMachine machine = EmulatorMachine.of(arch, options, emulator)) {
      GemmRun run = GemmRun.upload(machine, one.config(), data);
      run.launch();
      run.fetch();
      return GemmReference.full(data).compare(run.d());
    }
  }
}
