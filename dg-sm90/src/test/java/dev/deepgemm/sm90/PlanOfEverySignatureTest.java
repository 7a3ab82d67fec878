package dev.deepgemm.sm90;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for the arguments of any kernel. */
class PlanOfEverySignatureTest {
  private static final Pattern PARAMETER =
      Pattern.compile("\\.param ([^,\\n]*?) \\w+(\\[128])?,?\\n");

  private final Sm90Kernels kernels = new Sm90Kernels(new Sm90Spec());

  static List<Signature> signatures() {
    return Specs.signatures();
  }

  /** Whoever launches again on operands elsewhere fills in addresses, and need not ask for a plan. */
  @ParameterizedTest
  @MethodSource("signatures")
  void plan_movedToOtherOperands_isTheirPlan(Signature signature) {
    int emitted = 0;
    for (int bm : new int[] {16, 64, 128, 256}) {
      for (int bn : new int[] {40, 64}) {
        for (int splitK : new int[] {1, 2}) {
          Team team = Specs.team(bm, 1, splitK);
          KernelSpec spec = Specs.spec(signature, bm, bn, 4, Multicast.NONE, team);
          if (kernels.canEmit(spec).isLegal()) {
            emitted++;
            moved(spec, new Shape.Dense(700, 2000, 1000), true);
            moved(spec, new Shape.Dense(7, 2000, 1000), false);
            moved(spec, new Shape.Dense(64, 96, 300), true);
          }
        }
      }
    }
    assertTrue(emitted >= 4, "only " + emitted + " kernels");
  }

  private void moved(KernelSpec spec, Shape shape, boolean constant) {
    GemmConfig config = Specs.config(spec, GemmDesc.of(spec.signature(), shape), 130);
    GemmOperands elsewhere = Specs.operands(spec.signature(), 0xa0000, constant);
    LaunchPlan here = kernels.plan(config, Specs.operands(spec.signature(), 0x10000, constant));
    LaunchPlan there = kernels.plan(config, elsewhere);
    assertEquals(there, here.on(elsewhere));
    assertNotEquals(there, here);
    // Maps and addresses are of an operand, all of them.
    for (KernelArg arg : here.args()) {
      assertEquals(arg instanceof KernelArg.Int, arg.origin() == null, arg.toString());
    }
  }

  @ParameterizedTest
  @MethodSource("signatures")
  void plan_passesWhatTheKernelDeclares(Signature signature) {
    for (int bm : new int[] {64, 128}) {
      int bn = signature.scaling().equals(ScaleScheme.FP32_1D1D) ? 120 : 128;
      KernelSpec spec = Specs.spec(signature, bm, bn, 3, Multicast.NONE, Specs.team(bm, 1, 1));
      GemmDesc desc = GemmDesc.of(signature, new Shape.Dense(640, 1024, 1000));
      GemmOperands operands = Specs.operands(signature, 0x10000, false);
      List<KernelArg> args = kernels.plan(Specs.config(spec, desc, 132), operands).args();
      List<String> declared =
          PARAMETER.matcher(kernels.emit(spec).text()).results().map(m -> m.group(1)).toList();
      List<String> passed =
          args.stream()
              .map(
                  arg ->
                      arg instanceof KernelArg.Map
                          ? ".align 64 .b8"
                          : arg instanceof KernelArg.Address ? ".u64" : ".u32")
              .toList();
      assertEquals(declared, passed);
    }
  }
}
