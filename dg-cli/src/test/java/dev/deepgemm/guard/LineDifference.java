package dev.deepgemm.guard;

import java.util.ArrayList;
import java.util.List;

/**
 * The fewest lines to take out of one list and to put in to get the other. A line that starts with a blank
 * belongs to the last one before it that does not.
 */
final class LineDifference {
  private static final int SHOWN = 24;

  private final List<String> text = new ArrayList<>();
  private String heading = "";
  private int removed;
  private int added;

  private LineDifference() {}

  static LineDifference between(List<String> before, List<String> after) {
    LineDifference difference = new LineDifference();
    difference.walk(before, after, commonTails(before, after));
    return difference;
  }

  /** At [i][j] how many lines the rests of both lists from there on have in common. */
  private static int[][] commonTails(List<String> before, List<String> after) {
    int[][] common = new int[before.size() + 1][after.size() + 1];
    for (int i = before.size() - 1; i >= 0; i--) {
      for (int j = after.size() - 1; j >= 0; j--) {
        common[i][j] =
            before.get(i).equals(after.get(j))
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
    return common;
  }

  private void walk(List<String> before, List<String> after, int[][] common) {
    String section = "";
    int i = 0;
    int j = 0;
    while (i < before.size() || j < after.size()) {
      if (i < before.size() && j < after.size() && before.get(i).equals(after.get(j))) {
        section = section(section, before.get(i));
        i++;
        j++;
      } else if (j == after.size() || (i < before.size() && common[i + 1][j] >= common[i][j + 1])) {
        removed++;
        section = show(section, "-", i + 1, before.get(i));
        i++;
      } else {
        added++;
        section = show(section, "+", j + 1, after.get(j));
        j++;
      }
    }
  }

  private static String section(String current, String line) {
    return line.startsWith(" ") ? current : line;
  }

  private String show(String section, String sign, int number, String line) {
    if (text.size() < SHOWN) {
      if (line.startsWith(" ") && !section.equals(heading)) {
        text.add("  in " + section);
      }
      heading = section(section, line);
      text.add(sign + " line " + number + ": " + line);
    }
    return section(section, line);
  }

  boolean isEmpty() {
    return removed + added == 0;
  }

  @Override
  public String toString() {
    String head = removed + " lines gone, " + added + " lines new; the first of them:";
    return head + "\n" + String.join("\n", text);
  }
}
