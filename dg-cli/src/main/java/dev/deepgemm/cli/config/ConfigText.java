package dev.deepgemm.cli.config;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.cli.console.KernelText;
import dev.deepgemm.cli.console.TextTable;
import dev.deepgemm.heuristics.CostModel;
import dev.deepgemm.heuristics.CostModel.Cost;
import dev.deepgemm.heuristics.Explanation;
import dev.deepgemm.heuristics.Explanation.MulticastCandidate;
import dev.deepgemm.heuristics.Explanation.Prediction;
import dev.deepgemm.heuristics.Explanation.StagesCandidate;
import dev.deepgemm.heuristics.Explanation.TileCandidate;
import dev.deepgemm.heuristics.Explanation.Verdict;
import dev.deepgemm.spi.ArchSpec;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A configuration for a human. */
final class ConfigText {
  private final PrintWriter out;

  ConfigText(PrintWriter out) {
    this.out = out;
  }

  void print(ArchSpec arch, Explanation explanation) {
    GemmConfig config = explanation.config();
    GemmDesc desc = config.desc();
    KernelSpec kernel = config.kernel();
    line(
        "%s (%s): %s %s, %s, A %s-major, B %s-major, D %s%s",
        arch.id(),
        arch.target(),
        desc.aType(),
        desc.scaling().deepGemmName(),
        desc.kind(),
        desc.majorA(),
        desc.majorB(),
        desc.dType(),
        desc.accumulate() ? ", accumulating" : "");
    line(
        "m %,d, n %,d, k %,d%s, at most %d SMs",
        desc.m(),
        desc.n(),
        desc.k(),
        desc.groups() == 1 ? "" : String.format(Locale.ROOT, ", %,d groups", desc.groups()),
        desc.smLimit());
    line("  kernel         %s", kernel.id());
    line("  chosen by      %s", heuristics(explanation));
    TileCandidate winner = explanation.winner();
    line(
        "  tile           %s: %,d tiles in %s, the last on %d SMs",
        kernel.tile(), winner.blocks(), waves(winner.waves()), winner.lastWave());
    line("  stages         %d, %d in the last round of k", kernel.stages(), config.numLastStages());
    line("  multicast      %s", multicast(kernel.multicast()));
    if (kernel.splitK() > 1) {
      line("  split of k     %d CTAs per tile", kernel.splitK());
    }
    line("  SMs            %d%s", config.numSms(), sms(explanation));
    line("  threads        %s", threads(kernel.threads()));
    line(
        "  swizzles       A %d, B %d, D %d",
        kernel.swizzles().a(), kernel.swizzles().b(), kernel.swizzles().d());
    SmemUsage smem = config.smem();
    line(
        "  shared memory  %,d of %,d B: %d x %,d + %,d",
        config.smemBytes(), arch.smemCapacity(), kernel.stages(), smem.perStage(), smem.fixed());
    line("  per stage      %s", parts(smem, true));
    line("  once           %s", parts(smem, false));
  }

  /** Every candidate, and what became of it. */
  void printWhy(Explanation explanation) {
    if (!explanation.predictions().isEmpty()) {
      printPredictions(explanation);
    }
    if (explanation.heuristics() == Heuristics.CLASSIC) {
      printClassic(explanation);
    }
  }

  private void printPredictions(Explanation explanation) {
    out.println();
    line("Kernels of the tuned list, the fastest by prediction first; microseconds");
    TextTable table =
        new TextTable(
            "kernel",
            "predicted",
            "launch",
            "fill",
            "steps",
            "bound by",
            "ends",
            "reduction",
            "memory",
            "factor",
            "verdict",
            "why");
    for (Prediction prediction : explanation.predictions()) {
      List<Object> cells = new ArrayList<>(List.of(KernelText.describe(prediction.kernel())));
      cells.addAll(parts(prediction.cost()));
      cells.add(verdict(prediction.verdict()));
      cells.add(prediction.reason());
      table.row(cells.toArray());
    }
    table.print(out, "  ");
  }

  private static List<String> parts(@Nullable Cost cost) {
    if (cost == null) {
      return Collections.nCopies(9, "-");
    }
    return List.of(
        micros(cost.micros()),
        micros(cost.launch()),
        micros(cost.fill()),
        micros(cost.steps()),
        bound(cost.bound()),
        micros(cost.ends()),
        micros(cost.reduction()),
        micros(cost.memory()),
        String.format(Locale.ROOT, "%.3f", cost.factor()));
  }

  private static String micros(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private static String bound(CostModel.Bound bound) {
    return bound.name().toLowerCase(Locale.ROOT);
  }

  private void printClassic(Explanation explanation) {
    out.println();
    line("Tiles, in the order in which they were tried");
    TextTable tiles = new TextTable("tile", "tiles", "waves", "last wave", "verdict", "why");
    for (TileCandidate tile : explanation.tiles()) {
      tiles.row(
          tile.tile(),
          number(tile.blocks()),
          number(tile.waves()),
          tile.lastWave(),
          verdict(tile.verdict()),
          tile.reason());
    }
    tiles.print(out, "  ");

    out.println();
    line("Multicast");
    TextTable multicasts = new TextTable("shared", "verdict", "why");
    for (MulticastCandidate side : explanation.multicasts()) {
      multicasts.row(multicast(side.side()), verdict(side.verdict()), side.reason());
    }
    multicasts.print(out, "  ");

    out.println();
    line("Stages, deepest first");
    printStages(explanation.stages());
  }

  /** Depths that were rejected for one reason share a line. */
  private void printStages(List<StagesCandidate> depths) {
    TextTable table = new TextTable("stages", "shared memory", "verdict", "why");
    for (int first = 0; first < depths.size(); ) {
      StagesCandidate from = depths.get(first);
      int next = first + 1;
      while (next < depths.size() && depths.get(next).reason().equals(from.reason())) {
        next++;
      }
      StagesCandidate to = depths.get(next - 1);
      boolean one = next == first + 1;
      table.row(
          one ? from.stages() : from.stages() + " to " + to.stages(),
          (one ? "" : number(from.smemBytes()) + " to ") + number(to.smemBytes()) + " B",
          verdict(from.verdict()),
          from.reason());
      first = next;
    }
    table.print(out, "  ");
  }

  private static String heuristics(Explanation explanation) {
    if (explanation.heuristics() == Heuristics.CLASSIC) {
      return explanation.predictions().isEmpty()
          ? "classic rules"
          : "classic rules: no kernel of the tuned list is legal here";
    }
    Prediction chosen =
        explanation.predictions().stream()
            .filter(prediction -> prediction.verdict() == Verdict.CHOSEN)
            .findFirst()
            .orElseThrow();
    double micros = Objects.requireNonNull(chosen.cost(), "what is chosen is legal").micros();
    return String.format(Locale.ROOT, "tuned cost model: %.1f us predicted", micros);
  }

  private static String sms(Explanation explanation) {
    if (!explanation.minimizesSms()) {
      return ": the limit, as DG_MINIMIZE_NUM_SMS is off";
    }
    GemmConfig config = explanation.config();
    return String.format(
        Locale.ROOT,
        ": the fewest for %s%s (DG_MINIMIZE_NUM_SMS is on)",
        waves(explanation.winner().waves()),
        config.kernel().multicast() == Multicast.NONE ? "" : ", in pairs");
  }

  private static String multicast(Multicast multicast) {
    return switch (multicast) {
      case NONE -> "none";
      case ON_A -> "pairs share A";
      case ON_B -> "pairs share B";
    };
  }

  /** As in "384: 128 TMA + 256 math". */
  private static String threads(ThreadRoles threads) {
    return threads.parts().stream()
        .map(
            part ->
                part.threads() + " " + (part.role().equals(ThreadRoles.TMA) ? "TMA" : part.role()))
        .collect(Collectors.joining(" + ", threads.total() + ": ", ""));
  }

  private static String parts(SmemUsage smem, boolean perStage) {
    return smem.parts().stream()
        .filter(part -> part.perStage() == perStage)
        .map(part -> part.name() + " " + number(part.bytes()))
        .collect(Collectors.joining(", "));
  }

  private static String waves(long waves) {
    return waves == 1 ? "1 wave" : number(waves) + " waves";
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String verdict(Verdict verdict) {
    return verdict.name().toLowerCase(Locale.ROOT);
  }

  private void line(String format, Object... args) {
    out.println(String.format(Locale.ROOT, format, args));
  }
}
