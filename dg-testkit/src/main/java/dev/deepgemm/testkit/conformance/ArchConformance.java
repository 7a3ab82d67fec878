package dev.deepgemm.testkit.conformance;

import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.testkit.conformance.run.KernelRunner;
import dev.deepgemm.testkit.conformance.spec.Capabilities;
import dev.deepgemm.testkit.conformance.spec.RuleResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/**
 * The test that a plugin author extends: one dynamic test per rule, named after it.
 *
 * <pre>{@code
 * class MyArchConformanceTest extends ArchConformance {
 *   @Override
 *   protected ArchSpec arch() {
 *     return new MyArchSpec();
 *   }
 *
 *   @Override
 *   protected Capabilities capabilities() {
 *     return Capabilities.all().without(Capability.FP8_1D2D);
 *   }
 * }
 * }</pre>
 *
 * <p>A rule that could not be checked is reported by JUnit as aborted, with the reason, and never as
 * passed. The whole report is written as text and as JSON below {@link #reportFolder()}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ArchConformance {
  private final List<RuleResult> results = new ArrayList<>();
  private Optional<Conformance> conformance = Optional.empty();

  /** For subclasses. */
  protected ArchConformance() {}

  /** A new instance of the plugin at each call. */
  protected abstract ArchSpec arch();

  /** What the plugin can do; all other things must be refused cleanly. */
  protected Capabilities capabilities() {
    return Capabilities.all();
  }

  /** A device to run on besides the emulator. */
  protected Optional<KernelRunner> device() {
    return Optional.empty();
  }

  /** Where the report goes; empty for nowhere. */
  protected Optional<Path> reportFolder() {
    return Optional.of(Path.of("target", "conformance"));
  }

  /** One test per rule. */
  @TestFactory
  public final Stream<DynamicTest> rules() {
    Conformance.Builder builder = Conformance.of(this::arch).capabilities(capabilities());
    device().ifPresent(builder::runner);
    Conformance built = builder.build();
    conformance = Optional.of(built);
    return built.steps().stream()
        .map(step -> DynamicTest.dynamicTest(step.toString(), () -> check(built, step)));
  }

  private void check(Conformance built, Conformance.Step step) {
    RuleResult result = built.check(step);
    results.add(result);
    switch (result.outcome()) {
      case PASSED -> {}
      case SKIPPED, NOT_APPLICABLE -> throw new TestAbortedException(result.toString());
      case FAILED -> throw new AssertionFailedError(result + "\nwhy: " + result.rule().why());
    }
  }

  /** Writes what became of the rules. */
  @AfterAll
  public final void writeReport() throws IOException {
    if (conformance.isPresent() && reportFolder().isPresent()) {
      ConformanceReport report = conformance.get().report(results);
      Path folder = Files.createDirectories(reportFolder().get());
      Files.writeString(
          folder.resolve(report.arch() + ".txt"), report.text(), StandardCharsets.UTF_8);
      Files.writeString(
          folder.resolve(report.arch() + ".json"), report.json(), StandardCharsets.UTF_8);
    }
  }
}
