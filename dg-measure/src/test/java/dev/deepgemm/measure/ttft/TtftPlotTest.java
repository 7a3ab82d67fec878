package dev.deepgemm.measure.ttft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.measure.ttft.TtftRun.Cache;
import java.io.StringReader;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class TtftPlotTest {
  private static Document draw(String title, TtftRun... runs) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(TtftPlot.of(title, List.of(runs)))));
  }

  private static List<Element> all(Document document, String tag) {
    NodeList nodes = document.getElementsByTagName(tag);
    return IntStream.range(0, nodes.getLength()).mapToObj(i -> (Element) nodes.item(i)).toList();
  }

  private static List<Element> rings(Document document) {
    return all(document, "circle").stream().filter(c -> c.hasAttribute("stroke")).toList();
  }

  @Test
  void plot_bothSwitches_drawsEveryCallInTheColourOfItsRun() throws Exception {
    Document plot =
        draw("t", TtftRuns.run("0", Cache.COLD, 200), TtftRuns.run("1", Cache.COLD, 200));
    assertEquals(40, rings(plot).size());
    assertEquals(2, rings(plot).stream().map(c -> c.getAttribute("stroke")).distinct().count());
    long dots =
        all(plot, "path").stream()
            .map(path -> path.getAttribute("d"))
            .filter(d -> d.contains("h0"))
            .mapToLong(d -> d.chars().filter(c -> c == 'M').count())
            .sum();
    assertEquals(360, dots);
  }

  @Test
  void plot_higherLatency_isHigherUp_andAllStaysInside() throws Exception {
    Document plot = draw("t", TtftRuns.run("0", Cache.COLD, 50), TtftRuns.run("0", Cache.WARM, 50));
    String[] box = plot.getDocumentElement().getAttribute("viewBox").split(" ");
    double height = Double.parseDouble(box[3]);
    List<Double> ys =
        rings(plot).stream().map(c -> Double.parseDouble(c.getAttribute("cy"))).toList();
    ys.forEach(y -> assertTrue(y > 0 && y < height, () -> y + " of " + height));
    // Five cold ones in the upper panel, five from the disk in the lower; panels share the scale.
    double cold = ys.get(0);
    double warm = ys.get(5);
    double offset = 240 + 44;
    assertTrue(cold < warm - offset, "250 ms is above 0.9 ms");
  }

  @Test
  void plot_cacheStates_havePanelsWithTheirFigures() throws Exception {
    Document plot =
        draw(
            "a <title> & more",
            TtftRuns.run("1", Cache.COLD, 20),
            TtftRuns.run("1", Cache.WARM, 20),
            TtftRuns.run("1", Cache.PACK, 20));
    List<String> texts = all(plot, "text").stream().map(Element::getTextContent).toList();
    assertTrue(texts.contains("a <title> & more"), texts::toString);
    assertTrue(
        texts.contains("cache cold: switch 1 2 compiled, 2 stalls above 10 ms"), texts::toString);
    assertTrue(
        texts.contains("cache pack: switch 1 0 compiled, 0 stalls above 10 ms"), texts::toString);
    assertTrue(texts.contains("1 ms") && texts.contains("100 us"), texts::toString);
  }

  @Test
  void plot_oneCall_isDrawn() throws Exception {
    assertEquals(1, rings(draw("t", TtftRuns.run("1", Cache.PACK, 1))).size());
  }
}
