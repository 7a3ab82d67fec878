package dev.deepgemm.spi;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Scaling;
import java.util.ArrayList;
import java.util.List;

/**
 * The element types that an architecture multiplies and stores. Plugins answer {@link
 * ArchSpec#unsupported} with it, so that the same mistake has the same identifier everywhere.
 *
 * @param target PTX target, for the messages
 * @param abTypes legal types of A and B
 * @param cdTypes legal types of D
 */
public record TypeRules(String target, List<DataType> abTypes, List<DataType> cdTypes) {
  /** Copies the lists. */
  public TypeRules {
    abTypes = List.copyOf(abTypes);
    cdTypes = List.copyOf(cdTypes);
  }

  /**
   * What is wrong with the types of a problem: type of A and B ({@code DG-CONF-01}), type of D
   * ({@code DG-CONF-02}), scales that do not go with the type of A and B ({@code DG-CONF-03}).
   */
  public List<Problem> check(GemmDesc desc) {
    List<Problem> found = new ArrayList<>();
    boolean abLegal = abTypes.contains(desc.abType());
    if (!abLegal) {
      found.add(
          Problem.of(
              "DG-CONF-01",
              "A and B are %s; %s multiplies %s. Convert the operands",
              desc.abType(),
              target,
              abTypes));
    }
    if (!cdTypes.contains(desc.cdType())) {
      found.add(
          Problem.of(
              "DG-CONF-02",
              "D is %s; %s stores %s. Choose one of them for the output",
              desc.cdType(),
              target,
              cdTypes));
    }
    boolean scaled = desc.scaling() != Scaling.KERNEL_NO_SF;
    if (abLegal && scaled != (desc.abType() == DataType.FP8_E4M3)) {
      found.add(
          Problem.of(
              "DG-CONF-03",
              "A and B are %s with %s; legal: FP8_E4M3 with KERNEL_1D1D or KERNEL_1D2D, other types"
                  + " with KERNEL_NO_SF",
              desc.abType(),
              desc.scaling()));
    }
    return found;
  }
}
