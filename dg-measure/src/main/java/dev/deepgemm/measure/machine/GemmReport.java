package dev.deepgemm.measure.machine;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.reference.GemmError;
import dev.deepgemm.reference.Tolerance;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What there is to say of a product that was computed and checked.
 *
 * @param device short name of the machine
 * @param deviceLine the machine for a human
 * @param config kernel and launch
 * @param prepared what it took to have the kernel
 * @param check comparison with the reference; null if nothing was launched
 * @param timing warm launches; null if none were timed
 * @param problems what is wrong with the result; empty if nothing is
 * @param notes what else a human should know
 */
public record GemmReport(
    String device,
    String deviceLine,
    GemmConfig config,
    Machine.Prepared prepared,
    @Nullable Check check,
    @Nullable Timing timing,
    List<String> problems,
    List<String> notes) {

  /**
   * A comparison with the reference.
   *
   * @param tolerance what is legal; null if the inputs are the caller's, for which there is no rule
   * @param elements elements that were compared
   */
  public record Check(GemmError error, @Nullable Tolerance tolerance, long elements) {}

  /**
   * Warm launches.
   *
   * @param micros one launch, median
   * @param launches launches per measurement
   * @param sets input sets, used in turn
   * @param bytes bytes that one launch reads and writes at least
   */
  public record Timing(double micros, int launches, int sets, long bytes) {}

  public GemmReport {
    problems = List.copyOf(problems);
    notes = List.copyOf(notes);
  }

  public static String note(String format, Object... args) {
    return String.format(Locale.ROOT, format, args);
  }

  public GemmReport withNote(String format, Object... args) {
    List<String> more = new ArrayList<>(notes);
    more.add(note(format, args));
    return new GemmReport(device, deviceLine, config, prepared, check, timing, problems, more);
  }

  public GemmReport withPrepared(Machine.Prepared other) {
    return new GemmReport(device, deviceLine, config, other, check, timing, problems, notes);
  }

  public boolean passed() {
    return problems.isEmpty();
  }
}
