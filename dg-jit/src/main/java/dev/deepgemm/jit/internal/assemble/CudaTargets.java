package dev.deepgemm.jit.internal.assemble;

import dev.deepgemm.api.launch.PtxModule;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which targets a code generator of a CUDA release knows for sure. Asking one for a target that it does not
 * know may end the process (seen with nvJitLink 13.4), so nobody is asked for others. Nor for text that is
 * no PTX at all: without a version in it the compiler of CUDA 12.0 takes it for something else and crashes.
 */
final class CudaTargets {
  private static final Pattern TARGET = Pattern.compile("sm_(\\d+)[af]?");
  private static final Set<Integer> ALWAYS = Set.of(75, 80, 86, 87, 89, 90);
  private static final Set<Integer> SINCE_12_8 = Set.of(100, 120);

  private static final Pattern ISA = Pattern.compile("(?m)^\\s*\\.version\\s+(\\d+)\\.(\\d+)");

  private CudaTargets() {}

  /** The version of the PTX, times ten, such as 80; empty for what is no PTX. */
  static OptionalInt isa(PtxModule module) {
    Matcher isa = ISA.matcher(module.text());
    return isa.find()
        ? OptionalInt.of(10 * Integer.parseInt(isa.group(1)) + Integer.parseInt(isa.group(2)))
        : OptionalInt.empty();
  }

  /** The number of a target, such as 90 for {@code sm_90a}; empty for what is none. */
  static OptionalInt capability(String target) {
    Matcher matcher = TARGET.matcher(target);
    return matcher.matches()
        ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
        : OptionalInt.empty();
  }

  /** Whether release {@code major.minor}, 12.0 or later, knows a target such as {@code sm_90a}. */
  static boolean known(int major, int minor, String target) {
    int capability = capability(target).orElse(-1);
    boolean blackwell = major > 12 || (major == 12 && minor >= 8);
    return major >= 12
        && (ALWAYS.contains(capability) || (blackwell && SINCE_12_8.contains(capability)));
  }
}
