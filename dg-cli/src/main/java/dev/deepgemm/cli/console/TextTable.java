package dev.deepgemm.cli.console;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows under a header, columns aligned: numbers to the right, the last column as it comes. */
public final class TextTable {
  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();
  private final int columns;

  public TextTable(String... header) {
    columns = header.length;
    rows.add(List.of(header));
  }

  /** Adds a row; as many cells as the header has. */
  public void row(Object... cells) {
    if (cells.length != columns) {
      throw new IllegalArgumentException(cells.length + " cells in " + columns + " columns");
    }
    rows.add(Arrays.stream(cells).map(Object::toString).toList());
  }

  public void print(PrintWriter out, String indent) {
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder(indent);
      for (int i = 0; i < columns; i++) {
        String cell = row.get(i);
        String padding = " ".repeat(widths[i] - cell.length());
        boolean left = i == 0 || i == columns - 1;
        line.append(i == 0 ? "" : GAP);
        line.append(left ? cell + padding : padding + cell);
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
