package dev.deepgemm.cli.options;

import dev.deepgemm.api.Options;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --policy}, of every command that chooses configurations. */
public final class PolicyOption {
  @Option(
      names = "--policy",
      paramLabel = "POLICY",
      description = "How configurations are chosen: classic or tuned; overrides DG_HEURISTICS.")
  @Nullable String policy;

  /**
   * The options with the policy of the command line, if there is one.
   *
   * @throws dev.deepgemm.api.OptionException if it is none ({@code DG-OPT-01})
   */
  public Options over(Options options) {
    Options chosen = policy == null ? options : options.with(Options.HEURISTICS, policy);
    chosen.get(Options.HEURISTICS);
    return chosen;
  }
}
