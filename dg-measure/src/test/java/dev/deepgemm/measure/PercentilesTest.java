package dev.deepgemm.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PercentilesTest {
  @Test
  void at_oneToHundred_isTheRankItself() {
    List<Double> values = new ArrayList<>();
    for (int i = 1; i <= 100; i++) {
      values.add((double) i);
    }
    Collections.shuffle(values, new Random(1));
    Percentiles all = Percentiles.of(values);
    assertEquals(50, all.median());
    assertEquals(99, all.at(99));
    assertEquals(100, all.max());
    assertEquals(1, all.at(0));
    assertEquals(100, all.count());
  }

  @Test
  void at_fewValues_isAlwaysOneOfThem() {
    Percentiles two = Percentiles.of(List.of(8.0, 2.0));
    assertEquals(2, two.median());
    assertEquals(8, two.at(51));
    assertEquals(8, two.at(99));
    assertEquals(7, Percentiles.of(List.of(7.0)).at(1));
    double[] four = {8, 2, 4, 6};
    assertEquals(4, Percentiles.of(four).median());
    assertEquals(8, four[0], "the values stay in their order");
  }

  @Test
  void at_noValues_isZero() {
    assertEquals(0, Percentiles.of(List.of()).max());
    assertEquals(0, Percentiles.of(List.of()).count());
  }
}
