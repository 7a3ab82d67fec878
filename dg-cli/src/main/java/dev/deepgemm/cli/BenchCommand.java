package dev.deepgemm.cli;

import picocli.CommandLine.Command;

/** {@code dg bench}: measurements that are recorded; each is a command of its own. */
@Command(
    name = "bench",
    description = "Measure on this machine's GPU, and record device, driver and commit with it.",
    synopsisSubcommandLabel = "MEASUREMENT",
    mixinStandardHelpOptions = true,
    subcommands = {TtftCommand.class, TtftReplayCommand.class})
final class BenchCommand {}
