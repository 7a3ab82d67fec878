package dev.deepgemm.cli.options;

import dev.deepgemm.cli.distribution.Provenance;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --commit}, of every command that records what it measured. */
public final class CommitOption {
  @Option(
      names = "--commit",
      paramLabel = "HASH",
      description = "Commit to record (default: that of the bundle or of the checkout).")
  private @Nullable String commit;

  /** The commit to record; asked for once, since it may start a process. */
  public String recorded() {
    if (commit == null) {
      commit = Provenance.commit().orElse("unknown");
    }
    return commit;
  }
}
