package dev.deepgemm.spi;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import java.util.ArrayList;
import java.util.List;

/**
 * The element types that an architecture multiplies and stores. Plugins answer {@link
 * ArchSpec#unsupported} with it, so that the same mistake has the same identifier everywhere.
 *
 * @param target PTX target, for the messages
 * @param abTypes legal types of A and B, which are of one type
 * @param cdTypes legal types of D
 */
public record TypeRules(String target, List<DataType> abTypes, List<DataType> cdTypes) {
  /** Copies the lists. */
  public TypeRules {
    abTypes = List.copyOf(abTypes);
    cdTypes = List.copyOf(cdTypes);
  }

  /**
   * What is wrong with the types of a problem: types of A and B ({@code DG-CONF-01}), type of D
   * ({@code DG-CONF-02}), scales that do not go with the types of A and B ({@code DG-CONF-03}).
   */
  public List<Problem> check(Signature signature) {
    List<Problem> found = new ArrayList<>();
    DataType a = signature.aType();
    DataType b = signature.bType();
    boolean abLegal = a == b && abTypes.contains(a);
    if (!abLegal) {
      found.add(
          Problem.of(
              "DG-CONF-01",
              "A and B are %s; %s multiplies %s. Convert the operands",
              a == b ? a : a + " and " + b,
              target,
              abTypes));
    }
    if (!cdTypes.contains(signature.dType())) {
      found.add(
          Problem.of(
              "DG-CONF-02",
              "D is %s; %s stores %s. Choose one of them for the output",
              signature.dType(),
              target,
              cdTypes));
    }
    if (abLegal && signature.scaling().isScaled() != (a == DataType.FP8_E4M3)) {
      found.add(
          Problem.of(
              "DG-CONF-03",
              "A and B are %s with scales %s; legal: FP8_E4M3 with scales, other types without",
              a,
              signature.scaling()));
    }
    return found;
  }
}
