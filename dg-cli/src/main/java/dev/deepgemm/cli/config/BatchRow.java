package dev.deepgemm.cli.config;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.Signature.Input;
import dev.deepgemm.api.Signature.Output;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One problem of a batch.
 *
 * @param inputs the columns that were read, as they were written
 * @param arch {@link dev.deepgemm.spi.ArchSpec#id()} of the architecture
 * @param minimize the switch as it was written
 * @param desc the problem
 */
record BatchRow(String inputs, String arch, String minimize, GemmDesc desc) {
  private static final int INPUTS = BatchColumns.INPUTS.size();

  /** Of DeepGEMM's names; its tables do not say how a scale is stored. */
  private static final List<ScaleScheme> SCALINGS =
      List.of(ScaleScheme.FP32_1D1D, ScaleScheme.FP32_1D2D, ScaleScheme.NONE);

  /** Everything that is wrong with one row. */
  static final class MalformedRow extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedRow(List<String> complaints) {
      super(String.join("; ", complaints));
    }
  }

  /**
   * Parses a row.
   *
   * @throws MalformedRow with all that is wrong
   */
  static BatchRow parse(String line) throws MalformedRow {
    String[] cells = line.split(",", INPUTS + 1);
    if (cells.length < INPUTS) {
      throw new MalformedRow(List.of(cells.length + " columns; at least " + INPUTS + " needed"));
    }
    Cells row = new Cells(cells);
    final int arch = row.integer(0);
    row.integer(1);
    final GemmKind kind = row.word(2, GemmKind.NORMAL, GemmKind.values());
    final ScaleScheme scaling = row.scaling(3);
    final int m = row.integer(4);
    final int n = row.integer(5);
    final int k = row.integer(6);
    final int groups = row.integer(7);
    final Major majorA = row.word(8, Major.K, Major.values());
    final Major majorB = row.word(9, Major.K, Major.values());
    final DataType abType = row.word(10, DataType.BF16, DataType.values());
    final DataType cdType = row.word(11, DataType.BF16, DataType.values());
    final int accumulate = row.integer(12);
    final int sms = row.integer(13);
    if (accumulate != 0 && accumulate != 1) {
      row.complain(12, "0 or 1");
    }
    row.throwIfMalformed();
    try {
      Signature signature =
          new Signature(
              kind,
              new Input(abType, majorA),
              new Input(abType, majorB),
              scaling,
              new Output(cdType, accumulate == 1));
      GemmDesc desc = new GemmDesc(signature, Shape.of(kind, groups, m, n, k), sms);
      String inputs = String.join(",", Arrays.asList(cells).subList(0, INPUTS));
      return new BatchRow(inputs, "sm" + arch, cells[1], desc);
    } catch (InvalidGemmException e) {
      throw new MalformedRow(e.problems().stream().map(Problem::message).toList());
    }
  }

  /** Reads cells and remembers what is wrong with them. */
  private static final class Cells {
    private final String[] cells;
    private final List<String> complaints = new ArrayList<>();

    Cells(String[] cells) {
      this.cells = cells;
    }

    int integer(int column) {
      try {
        return Integer.parseInt(cells[column]);
      } catch (NumberFormatException e) {
        complain(column, "a 32-bit integer");
        return 1;
      }
    }

    <E extends Enum<E>> E word(int column, E fallback, E[] legal) {
      for (E value : legal) {
        if (value.name().equals(cells[column])) {
          return value;
        }
      }
      complain(column, Arrays.stream(legal).map(Enum::name).collect(Collectors.joining(", ")));
      return fallback;
    }

    ScaleScheme scaling(int column) {
      for (ScaleScheme scheme : SCALINGS) {
        if (scheme.deepGemmName().equals(cells[column])) {
          return scheme;
        }
      }
      complain(
          column,
          SCALINGS.stream().map(ScaleScheme::deepGemmName).collect(Collectors.joining(", ")));
      return ScaleScheme.NONE;
    }

    void complain(int column, String legal) {
      complaints.add(
          BatchColumns.INPUTS.get(column) + " is \"" + cells[column] + "\", legal: " + legal);
    }

    void throwIfMalformed() throws MalformedRow {
      if (!complaints.isEmpty()) {
        throw new MalformedRow(complaints);
      }
    }
  }
}
