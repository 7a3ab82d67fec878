package dev.deepgemm.spi;

import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.CostParameters.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What tuned selection knows of an architecture and a type of operands: the parameters of the cost
 * model, and the kernels among which it chooses.
 *
 * <p>The list is short, so that the set of kernels is finite by construction: whatever the problems, no
 * other kernel is compiled as long as one of the list is legal.
 *
 * <p>Kept as text, which {@code dg tune --fit} writes and a plugin has among its resources: lines of
 * {@code name = value}, comments behind {@code #}.
 *
 * @param parameters of the cost model
 * @param portfolio the kernels; where two are predicted to be equally fast, the first one is chosen
 */
public record Tuning(CostParameters parameters, List<Kernel> portfolio) {
  private static final String KERNEL = "kernel";

  private static final Pattern KERNEL_TEXT =
      Pattern.compile(
          "(\\d+)x(\\d+)x(\\d+) stages (\\d+) multicast (NONE|ON_A|ON_B)"
              + " threads ([a-z-]+ \\d+(?: \\+ [a-z-]+ \\d+)*) split (\\d+)"
              + " factor ([0-9.]+)");

  /** Copies the list. */
  public Tuning {
    portfolio = List.copyOf(portfolio);
  }

  /**
   * A kernel of the list: what a problem's types and majors leave open of its identity.
   *
   * @param tile the CTA's tile
   * @param stages depth of the pipeline
   * @param multicast which operand a cluster shares
   * @param team who works on a tile
   * @param factor measured time over the model's, as far as that is a property of the kernel
   */
  public record Kernel(Tile tile, int stages, Multicast multicast, Team team, double factor) {
    /** A kernel about which nothing is known that the model does not know. */
    public Kernel(Tile tile, int stages, Multicast multicast, Team team) {
      this(tile, stages, multicast, team, 1);
    }

    /** The same kernel with another factor. */
    public Kernel withFactor(double value) {
      return new Kernel(tile, stages, multicast, team, value);
    }

    /** As in the file. */
    String text() {
      return String.format(
          Locale.ROOT,
          "%s stages %d multicast %s threads %s split %d factor %.4f",
          tile,
          stages,
          multicast,
          team.threads(),
          team.splitK(),
          factor);
    }
  }

  /** As text; what {@link #parse} reads. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Parameter parameter : Parameter.values()) {
      text.append(
          String.format(Locale.ROOT, "%s = %.6g%n", parameter.label(), parameters.get(parameter)));
    }
    portfolio.forEach(
        kernel -> text.append(KERNEL).append(" = ").append(kernel.text()).append('\n'));
    return text.toString().replace("\r", "");
  }

  /**
   * What {@link #text} wrote.
   *
   * @throws IllegalArgumentException if it is something else; the message names the line
   */
  public static Tuning parse(String text) {
    CostParameters.Builder parameters = CostParameters.builder();
    List<Kernel> kernels = new ArrayList<>();
    for (String raw : text.split("\n")) {
      String line = raw.strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int equals = line.indexOf('=');
      String name = equals < 0 ? "" : line.substring(0, equals).strip();
      String value = line.substring(equals + 1).strip();
      if (name.equals(KERNEL)) {
        kernels.add(kernel(value, line));
      } else {
        Parameter parameter =
            Parameter.labelled(name)
                .filter(it -> !parameters.has(it))
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            "line \"" + line + "\" names no parameter, or one twice"));
        parameters.set(parameter, Double.parseDouble(value));
      }
    }
    return new Tuning(parameters.build(), kernels);
  }

  private static Kernel kernel(String value, String line) {
    Matcher matcher = KERNEL_TEXT.matcher(value);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("line \"" + line + "\" is no kernel");
    }
    Tile tile = new Tile(number(matcher, 1), number(matcher, 2), number(matcher, 3));
    List<ThreadRoles.Part> roles =
        Arrays.stream(matcher.group(6).split(" \\+ "))
            .map(part -> part.split(" "))
            .map(words -> new ThreadRoles.Part(words[0], Integer.parseInt(words[1])))
            .toList();
    return new Kernel(
        tile,
        number(matcher, 4),
        Multicast.valueOf(matcher.group(5)),
        new Team(new ThreadRoles(roles), number(matcher, 7)),
        Double.parseDouble(matcher.group(8)));
  }

  private static int number(Matcher matcher, int group) {
    return Integer.parseInt(matcher.group(group));
  }
}
