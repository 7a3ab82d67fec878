package dev.deepgemm.testkit.conformance;

import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.testkit.conformance.spec.Capability;
import dev.deepgemm.testkit.conformance.spec.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;

/** Plugins whose kernels are wrong: the PTX is changed, or what it is launched with. */
final class KernelMutants {
  /** Where the SM90 plugin passes the tensor map of A's scales. */
  private static final int MAP_OF_SFA = 17;

  /** Where it passes the distance between rows of B's scales. */
  private static final int STRIDE_OF_SFB = 21;

  private static final String INIT =
      "(mbarrier\\.init\\.shared::cta\\.b64 \\[%r\\d+\\], )([2-9]|1\\d);";

  private static final String REDUCTION =
      "cp\\.reduce\\.async(\\.bulk\\.tensor[^ ]*)\\.add\\.tile([^;]*;)";

  private KernelMutants() {}

  static List<Mutant> all() {
    List<Mutant> mutants = new ArrayList<>(assembled());
    mutants.addAll(faults());
    mutants.addAll(numbers());
    return mutants;
  }

  private static List<Mutant> assembled() {
    return List.of(
        Mutant.of(
            "an instruction that does not exist",
            Rule.C_01,
            ".linger",
            Mutant.text("griddepcontrol\\.wait;", m -> "griddepcontrol.linger;")),
        Mutant.of(
            "an array on the stack",
            Rule.C_02,
            "64 bytes of stack",
            Mutant.text(
                "\\tret;",
                m ->
                    "\t.local .b8 stack[64]; .reg .b32 %x; mov.u32 %x, %clock;"
                        + " st.local.u32 [stack], %x; ld.local.u32 %x, [stack];"
                        + " st.shared.u32 [smem], %x; ret;")),
        Mutant.of(
            "static shared memory",
            Rule.C_04,
            "static shared memory",
            Mutant.text(
                "\\tret;",
                m ->
                    "\t.shared .b32 more; .reg .b32 %x; mov.u32 %x, %clock;"
                        + " st.shared.u32 [more], %x; ret;")));
  }

  private static List<Mutant> faults() {
    return List.of(
        Mutant.of(
            "missing proxy fence before the store of D",
            Rule.N_01,
            "DG-EMU-23",
            Mutant.text("fence\\.proxy\\.async\\.shared::cta;", m -> "")),
        Mutant.of(
            "says that it awaits the previous grid, and does not",
            Rule.N_01,
            "DG-EMU-28",
            Mutant.text("griddepcontrol\\.wait;", m -> "")),
        Mutant.of(
            "wrong parity of the producer",
            Rule.N_01,
            "DG-EMU-10",
            Mutant.text(
                "(mov\\.u32 %r\\d+, 0;\\s+mov\\.u32 %r\\d+, )1;(\\s+mov\\.u32 %r\\d+, 0;\\s+mov\\.u32 %r\\d+, %ctaid)",
                m -> m.group(1) + "0;" + m.group(2))),
        Mutant.of(
            "an arrival too many expected",
            Rule.N_01,
            "DG-EMU-10",
            Mutant.text(INIT, m -> count(m, 1))),
        Mutant.of(
            "an arrival too few expected",
            Rule.N_01,
            "DG-EMU-22",
            Mutant.text(INIT, m -> count(m, -1))),
        Mutant.of(
            "sums read before wgmma is done",
            Rule.N_01,
            "DG-EMU-40",
            Mutant.text("wait_group\\.sync\\.aligned 0;", m -> "wait_group.sync.aligned 1;")),
        Mutant.of(
            "slots released before wgmma has read them",
            Rule.N_01,
            "DG-EMU-22",
            Mutant.text("wait_group\\.sync\\.aligned 1;", m -> "wait_group.sync.aligned 7;")),
        Mutant.of(
            "missing wgmma.fence",
            Rule.N_01,
            "DG-EMU-41",
            Mutant.text("wgmma\\.fence[^;]*;", m -> "")),
        Mutant.of(
            "more bytes expected than are copied",
            Rule.N_01,
            "16 bytes outstanding",
            Mutant.text(
                "(arrive\\.expect_tx[^\\n]*, )(\\d+);",
                m -> m.group(1) + (Integer.parseInt(m.group(2)) + 16) + ";")),
        Mutant.of(
            "fewer bytes expected than are copied",
            Rule.N_01,
            "-1,024 bytes outstanding",
            Mutant.text(
                "(arrive\\.expect_tx[^\\n]*, )(\\d+);",
                m -> m.group(1) + (Integer.parseInt(m.group(2)) - 1024) + ";")),
        Mutant.of(
            "no barrier between staging and storing D",
            Rule.N_01,
            "DG-EMU-22",
            Mutant.text("bar\\.sync %r\\d+, 128;", m -> "")),
        Mutant.of(
            "staged D overwritten while it is stored",
            Rule.N_01,
            "DG-EMU-24",
            Mutant.text("cp\\.async\\.bulk\\.wait_group\\.read 0;", m -> "")));
  }

  private static String count(Matcher m, int more) {
    return m.group(1) + (Integer.parseInt(m.group(2)) + more) + ";";
  }

  private static List<Mutant> numbers() {
    return List.of(
        Mutant.of(
            "off by one at the bottom edge of D",
            Rule.N_02,
            "outside D were written",
            Mutant.map(2, map -> withDims(map, map.dims().get(0), map.dims().get(1) + 1))),
        Mutant.of(
            "last row of D never written",
            Rule.N_02,
            "never written",
            Mutant.map(2, map -> withDims(map, map.dims().get(0), map.dims().get(1) - 1))),
        Mutant.of(
            "swapped m and n in the launch",
            Rule.N_03,
            "elements are wrong",
            Mutant.args(
                args -> {
                  Collections.swap(args, 3, 4);
                  return args;
                })),
        Mutant.of(
            "wrong swizzle in the descriptor of wgmma",
            Rule.N_03,
            "elements are wrong",
            Mutant.text(", 1073741888;", m -> ", -2147483584;")),
        Mutant.of(
            "wrong swizzle in the tensor map of B",
            Rule.N_03,
            "elements are wrong",
            Mutant.map(1, KernelMutants::unswizzled)),
        Mutant.of(
            "rounds towards zero",
            Rule.N_04,
            "GemmError",
            Mutant.text("cvt\\.rn\\.bf16x2", m -> "cvt.rz.bf16x2")),
        Mutant.of(
            "reads padding at the ragged end of k",
            Rule.N_05,
            "is NaN",
            Mutant.map(
                0, map -> withDims(map, (map.dims().get(0) + 7) / 8 * 8, map.dims().get(1)))),
        Mutant.of(
            "last element of k dropped",
            Rule.N_05,
            "elements are wrong",
            Mutant.map(
                1, map -> withDims(map, Math.max(1, map.dims().get(0) - 1), map.dims().get(1)))),
        new Mutant(
            "scale layout of A transposed",
            Rule.N_06,
            "elements are wrong",
            Mutant.map(MAP_OF_SFA, KernelMutants::transposed),
            Capability.FP8_1D2D),
        new Mutant(
            "scales of B from the neighbouring block",
            Rule.N_06,
            "elements are wrong",
            Mutant.args(
                args -> {
                  int stride = ((KernelArg.Int) args.get(STRIDE_OF_SFB)).value();
                  args.set(STRIDE_OF_SFB, new KernelArg.Int(stride - 1));
                  return args;
                }),
            Capability.FP8_1D2D),
        new Mutant(
            "scale of B from the neighbouring column",
            Rule.N_06,
            "elements are wrong",
            Mutant.text(
                "(ld\\.shared\\.v2\\.f32 )\\{(%f\\d+), (%f\\d+)\\}",
                m -> m.group(1) + "{" + m.group(3) + ", " + m.group(2) + "}"),
            Capability.FP8_1D1D),
        new Mutant(
            "accumulate ignored",
            Rule.N_03,
            "elements are wrong",
            Mutant.text(REDUCTION, m -> "cp.async" + m.group(1) + ".tile" + m.group(2)),
            Capability.ACCUMULATE),
        new Mutant(
            "accumulated twice",
            Rule.N_03,
            "elements are wrong",
            Mutant.text(REDUCTION, m -> m.group() + "\n\t" + m.group()),
            Capability.ACCUMULATE),
        new Mutant(
            "MN-major operand read as K-major",
            Rule.N_03,
            "elements are wrong",
            Mutant.text(", 1, 1, 1, 0;", m -> ", 1, 1, 0, 0;"),
            Capability.MN_MAJOR_A),
        new Mutant(
            "padding of an MN-major operand read as its elements",
            Rule.N_05,
            "is NaN",
            Mutant.map(1, KernelMutants::narrower),
            Capability.MN_MAJOR_B),
        Mutant.of(
            "NaN and infinities clamped away",
            Rule.N_07,
            "exact: NaN",
            clamped("max.f32 %s, %s, 0fFF7FFFFF;")),
        Mutant.of(
            "subnormals flushed to zero",
            Rule.N_08,
            "elements are wrong",
            clamped("mul.rn.ftz.f32 %s, %s, 0f3F800000;")),
        Mutant.of(
            "result depends on the grid",
            Rule.N_09,
            "differs from",
            Mutant.plan(
                (config, plan) -> {
                  List<KernelArg> args = new ArrayList<>(plan.args());
                  int kBlocks = ((KernelArg.Int) args.get(5)).value();
                  if (plan.grid() > 4 && kBlocks > 1) {
                    args.set(5, new KernelArg.Int(kBlocks - 1));
                  }
                  return new dev.deepgemm.api.launch.LaunchPlan(
                      plan.grid(), plan.threads(), plan.cluster(), plan.smemBytes(), args);
                })));
  }

  /** Does something to every sum before it is rounded. */
  private static Supplier<ArchSpec> clamped(String instruction) {
    return Mutant.text(
        "cvt\\.rn\\.bf16x2\\.f32 %r\\d+, (%f\\d+), (%f\\d+);",
        m ->
            String.format(instruction, m.group(1), m.group(1))
                + String.format(instruction, m.group(2), m.group(2))
                + m.group());
  }

  private static TensorMap withDims(TensorMap map, long columns, long rows) {
    return map.toBuilder().dims(List.of(columns, rows)).build();
  }

  private static TensorMap unswizzled(TensorMap map) {
    return map.toBuilder().swizzle(TensorMap.Swizzle.NONE).build();
  }

  /** The map of somebody who pads rows by 16 bytes less. */
  private static TensorMap narrower(TensorMap map) {
    return map.toBuilder().strides(List.of(map.strides().get(0) - 16)).build();
  }

  /** The map of somebody who took scales of A for row-major [m, cdiv(k, 128)]. */
  private static TensorMap transposed(TensorMap map) {
    long rows = map.dims().get(0);
    long blocks = map.dims().get(1);
    return map.toBuilder().dims(List.of(rows, blocks)).strides(List.of(16L)).build();
  }
}
