package dev.deepgemm.measure.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A roofline as SVG: speed over arithmetic intensity, both logarithmic, with the two limits of the device.
 * Ours are dots, the first peer of each kind rings; what is near the roof cannot become much faster.
 */
public final class Roofline {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 520;
  private static final int LEFT = 70;
  private static final int RIGHT = 30;
  private static final int TOP = 50;
  private static final int BOTTOM = 50;
  private static final int LEGEND_GAP = 30;
  private static final int LETTER = 7;

  private static final List<String> COLOURS =
      List.of("#d95f02", "#1b6fa8", "#5a9e4b", "#7b52a6", "#b8860b", "#c2185b", "#00838f");

  private final StringBuilder svg = new StringBuilder();
  private final Ceilings ceilings;
  private final double leastX;
  private final double mostX;
  private final double leastY;
  private final double mostY;

  private Roofline(Ceilings ceilings, List<Point> points) {
    this.ceilings = ceilings;
    double lowX = points.stream().mapToDouble(Point::intensity).min().orElse(1);
    double highX = points.stream().mapToDouble(Point::intensity).max().orElse(1000);
    double lowY = points.stream().mapToDouble(Point::flops).min().orElse(1e12);
    this.leastX = Math.floor(Math.log10(lowX));
    this.mostX = Math.max(leastX + 1, Math.ceil(Math.log10(highX)));
    this.leastY = Math.floor(Math.log10(lowY));
    this.mostY = Math.ceil(Math.log10(Math.max(ceilings.fp8(), ceilings.bf16())));
  }

  private record Point(
      double intensity, double flops, boolean ours, BenchKind kind, String label) {}

  /**
   * The picture of the results that have times. Of several sides it shows one, the last that makes no
   * assumption about the weights, and its title says which: the dots of two would hide each other.
   */
  public static String of(String title, Ceilings ceilings, List<BenchResult> results) {
    List<BenchSide> sides = BenchSide.of(results);
    if (sides.size() <= 1) {
      return ofOne(title, ceilings, results);
    }
    List<BenchSide> plain = sides.stream().filter(side -> !side.constantWeights()).toList();
    BenchSide shown = plain.get(plain.size() - 1);
    return ofOne(
        title + ", " + shown,
        ceilings,
        results.stream().filter(result -> result.side().equals(shown)).toList());
  }

  private static String ofOne(String title, Ceilings ceilings, List<BenchResult> results) {
    List<Point> points = new ArrayList<>();
    for (BenchResult result : results) {
      BenchCase one = result.product();
      double intensity = one.flops() / one.bytes();
      for (String peer : one.kind().peers().subList(0, Math.min(1, one.kind().peers().size()))) {
        BenchResult.Peer times = result.peers().get(peer);
        if (times != null && times.median().isPresent()) {
          points.add(point(one, intensity, times.median().getAsDouble(), false, peer));
        }
      }
      result.median().ifPresent(micros -> points.add(point(one, intensity, micros, true, "ours")));
    }
    return new Roofline(ceilings, points).draw(title, points);
  }

  private static Point point(
      BenchCase one, double intensity, double micros, boolean ours, String who) {
    String label = String.format(Locale.ROOT, "%s, %s: %.2f us", one, who, micros);
    return new Point(intensity, one.flops() / (micros * 1e-6), ours, one.kind(), label);
  }

  private String draw(String title, List<Point> points) {
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
            + " font-size=\"12\" fill=\"currentColor\">",
        WIDTH, HEIGHT);
    add(
        "<style>svg{color:#222}@media(prefers-color-scheme:dark){svg{color:#ddd}}</style>"
            + "<title>%s</title>",
        escaped(title));
    text(LEFT, 20, "start", title);
    List<BenchKind> kinds =
        BenchKind.all().stream()
            .filter(kind -> points.stream().anyMatch(point -> point.kind().equals(kind)))
            .toList();
    legend(kinds);
    axes();
    kinds.forEach(this::roof);
    for (Point point : points) {
      add(
          "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" stroke=\"%s\" fill=\"%s\"><title>%s</title>"
              + "</circle>",
          x(point.intensity()),
          y(point.flops()),
          colour(point.kind()),
          point.ours() ? colour(point.kind()) : "none",
          escaped(point.label()));
    }
    return svg.append("</svg>\n").toString();
  }

  private void legend(List<BenchKind> kinds) {
    int x = LEFT;
    for (BenchKind kind : kinds) {
      add("<circle cx=\"%d\" cy=\"36\" r=\"4\" fill=\"%s\"/>", x, colour(kind));
      text(x + 8, 40, "start", kind.word());
      x += LEGEND_GAP + LETTER * kind.word().length();
    }
    text(
        x,
        40,
        "start",
        "dots: ours; rings: the peer with the same job; lines: the device's limits");
  }

  private void axes() {
    for (double decade = leastX; decade <= mostX; decade++) {
      double x = x(Math.pow(10, decade));
      grid("M%.1f %dV%d", x, TOP, HEIGHT - BOTTOM);
      text(
          x,
          HEIGHT - BOTTOM + 16,
          "middle",
          String.format(Locale.ROOT, "%.0f", Math.pow(10, decade)));
    }
    for (double decade = leastY; decade <= mostY; decade++) {
      double y = y(Math.pow(10, decade));
      grid("M%d %.1fH%d", LEFT, y, WIDTH - RIGHT);
      text(LEFT - 6, y + 4, "end", String.format(Locale.ROOT, "%.0f", Math.pow(10, decade - 12)));
    }
    text(LEFT, HEIGHT - 14, "start", "operations per byte");
    text(LEFT - 6, TOP - 6, "end", "TFLOP/s");
  }

  private void grid(String path, Object... values) {
    add(
        "<path d=\"%s\" stroke=\"currentColor\" stroke-opacity=\"0.2\"/>",
        String.format(Locale.ROOT, path, values));
  }

  private void roof(BenchKind kind) {
    double peak = ceilings.peak(kind);
    double ridge = Math.min(Math.pow(10, mostX), peak / ceilings.bytesPerSecond());
    double least = Math.pow(10, leastX);
    add(
        "<path d=\"M%.1f %.1fL%.1f %.1fH%d\" stroke=\"%s\" fill=\"none\"/>",
        x(least),
        y(least * ceilings.bytesPerSecond()),
        x(ridge),
        y(ridge * ceilings.bytesPerSecond()),
        WIDTH - RIGHT,
        colour(kind));
  }

  private static String colour(BenchKind kind) {
    return COLOURS.get(BenchKind.all().indexOf(kind) % COLOURS.size());
  }

  private double x(double intensity) {
    return LEFT + (Math.log10(intensity) - leastX) / (mostX - leastX) * (WIDTH - LEFT - RIGHT);
  }

  private double y(double flops) {
    double share = (Math.log10(flops) - leastY) / (mostY - leastY);
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  }

  private void text(double x, double y, String anchor, String content) {
    add("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor, escaped(content));
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
