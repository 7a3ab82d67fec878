package dev.deepgemm.measure.ttft;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Latency over call number as SVG: one panel per state of the cache, one colour per value of the switch,
 * a logarithmic axis, since a compile is a thousand times as long as a product.
 *
 * <p>A call that met its kernel for the first time is a ring, any other a dot. Colours differ in lightness
 * too, and text takes the colour of the page it is on.
 */
public final class TtftPlot {
  private static final int WIDTH = 900;
  private static final int PANEL = 240;
  private static final int LEFT = 70;
  private static final int RIGHT = 20;
  private static final int TOP = 44;
  private static final int GAP = 44;
  private static final List<String> COLOURS = List.of("#d95f02", "#1b6fa8", "#5a9e4b", "#8a63b0");

  private final StringBuilder svg = new StringBuilder();
  private final String title;
  private final Map<TtftRun.Cache, List<TtftRun>> panels = new LinkedHashMap<>();
  private final List<String> switches;
  private final double lowest;
  private final double highest;

  private TtftPlot(String title, List<TtftRun> runs) {
    this.title = title;
    runs.forEach(run -> panels.computeIfAbsent(run.cache(), cache -> new ArrayList<>()).add(run));
    this.switches = runs.stream().map(TtftRun::minimize).distinct().toList();
    double[] micros =
        runs.stream()
            .flatMap(run -> run.calls().stream())
            .mapToDouble(TtftCall::micros)
            .filter(value -> value > 0)
            .sorted()
            .toArray();
    double least = micros.length == 0 ? 10 : micros[0];
    double most = micros.length == 0 ? 100 : micros[micros.length - 1];
    this.lowest = Math.floor(Math.log10(least));
    this.highest = Math.max(lowest + 1, Math.ceil(Math.log10(most)));
  }

  /** The picture of some runs of one trace. */
  public static String of(String title, List<TtftRun> runs) {
    return new TtftPlot(title, runs).draw();
  }

  private String draw() {
    int height = TOP + panels.size() * (PANEL + GAP);
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
            + " font-size=\"12\" fill=\"currentColor\">",
        WIDTH, height);
    add(
        "<style>svg{color:#222}@media(prefers-color-scheme:dark){svg{color:#ddd}}</style>"
            + "<title>%s</title>",
        escaped(title));
    text(LEFT, 18, "start", title);
    legend();
    int top = TOP;
    for (Map.Entry<TtftRun.Cache, List<TtftRun>> panel : panels.entrySet()) {
      panel(top, panel.getKey(), panel.getValue());
      top += PANEL + GAP;
    }
    return svg.append("</svg>\n").toString();
  }

  private void legend() {
    for (int i = 0; i < switches.size(); i++) {
      int x = WIDTH - RIGHT - 110 * (switches.size() - i);
      add("<circle cx=\"%d\" cy=\"14\" r=\"4\" fill=\"%s\"/>", x, colour(switches.get(i)));
      text(x + 8, 18, "start", "switch " + switches.get(i));
    }
  }

  private void panel(int top, TtftRun.Cache cache, List<TtftRun> runs) {
    int calls = runs.stream().mapToInt(run -> run.calls().size()).max().orElse(1);
    int right = WIDTH - RIGHT;
    for (double decade = lowest; decade <= highest; decade++) {
      double y = y(top, Math.pow(10, decade));
      add(
          "<path d=\"M%d %.1fH%d\" stroke=\"currentColor\" stroke-opacity=\"0.2\"/>",
          LEFT, y, right);
      text(LEFT - 6, y + 4, "end", label(decade));
    }
    double stall = y(top, TtftCall.STALL_MICROS);
    if (stall >= top && stall <= top + PANEL) {
      add(
          "<path d=\"M%d %.1fH%d\" stroke=\"currentColor\" stroke-dasharray=\"4 4\"/>",
          LEFT, stall, right);
    }
    for (TtftRun run : runs) {
      points(top, run, calls);
    }
    text(LEFT, top - 6, "start", "cache " + cache + ": " + figures(runs));
    text(LEFT, top + PANEL + 16, "start", "call 0");
    text(right, top + PANEL + 16, "end", "call " + (calls - 1));
  }

  private static String figures(List<TtftRun> runs) {
    List<String> parts = new ArrayList<>();
    for (TtftRun run : runs) {
      parts.add(
          String.format(
              Locale.ROOT,
              "switch %s %d compiled, %d stalls above 10 ms",
              run.minimize(),
              run.compiles(),
              run.stalls()));
    }
    return String.join("; ", parts);
  }

  private void points(int top, TtftRun run, int calls) {
    StringBuilder dots = new StringBuilder();
    String colour = colour(run.minimize());
    for (int i = 0; i < run.calls().size(); i++) {
      TtftCall call = run.calls().get(i);
      double x = LEFT + (WIDTH - RIGHT - LEFT) * (calls == 1 ? 0.5 : i / (calls - 1.0));
      double y = y(top, Math.max(call.micros(), Math.pow(10, lowest)));
      if (call.isFirst()) {
        add(
            "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"none\" stroke=\"%s\"/>",
            x, y, colour);
      } else {
        // A line of no length with round ends is a dot, in a tenth of the bytes of a circle.
        dots.append(String.format(Locale.ROOT, "M%.1f %.1fh0", x, y));
      }
    }
    if (dots.length() > 0) {
      add(
          "<path d=\"%s\" stroke=\"%s\" stroke-width=\"2.2\" stroke-linecap=\"round\""
              + " stroke-opacity=\"0.6\" fill=\"none\"/>",
          dots, colour);
    }
  }

  private double y(int top, double micros) {
    return top + PANEL * (highest - Math.log10(micros)) / (highest - lowest);
  }

  private String colour(String minimize) {
    return COLOURS.get(switches.indexOf(minimize) % COLOURS.size());
  }

  private static String label(double decade) {
    double micros = Math.pow(10, decade);
    if (micros >= 1e6) {
      return Math.round(micros / 1e6) + " s";
    }
    return micros >= 1e3 ? Math.round(micros / 1e3) + " ms" : Math.round(micros) + " us";
  }

  private void text(double x, double y, String anchor, String content) {
    add("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor, escaped(content));
  }

  private void add(String format, Object... args) {
    svg.append(String.format(Locale.ROOT, format, args)).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
