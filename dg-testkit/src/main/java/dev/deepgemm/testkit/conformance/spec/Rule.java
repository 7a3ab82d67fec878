package dev.deepgemm.testkit.conformance.spec;

/**
 * The rules that an architecture plugin keeps. A number is never used again for another rule.
 *
 * <p>docs/conformance.md holds the same texts, and a test compares the two.
 */
public enum Rule {
  S_01(
      "id() is lower-case letters and digits, target() is an exact PTX target, and"
          + " computeCapability() is the one that the target stands for",
      "kernels are looked up by these three; a plugin that names another architecture's target"
          + " configures for hardware that is not there",
      "reads the digits of the target and compares"),
  S_02(
      "runsOn() accepts the plugin's own compute capability and no older one; a target with suffix a"
          + " runs on its own capability alone",
      "code for sm_90a does not load on 10.0, and PTX never runs on an older device",
      "asks for every compute capability from 7.0 to 12.1"),
  S_03(
      "the plugin is a public class with a public no-argument constructor, registered for"
          + " ServiceLoader, and the only one of its id",
      "an unregistered plugin works in its author's tests and nowhere else",
      "loads the plugins of the class path and looks for the class"),
  S_04(
      "same question, same answer: asked twice, of two instances, from two threads",
      "selectors ask while other threads ask, and cache answers",
      "asks everything about the problem set and compares fingerprints"),
  S_05(
      "smemCapacity() is what the hardware gives a CTA at most, and defaultNumSms() is positive",
      "a configuration that is too large by a few bytes fails at launch, on hardware only",
      "compares with the table of compute capabilities"),
  S_06(
      "candidates for block_m and block_n are positive, without repetition and not empty; block_k is a"
          + " multiple of 16 bytes",
      "the selector takes the first of equals, so repeated candidates hide an intention, and copies"
          + " move 16 bytes at least",
      "asks for every product"),
  S_07(
      "the shared memory of a stage holds the loaded parts of both tiles",
      "a part that is too small overlaps its neighbour: wrong numbers, on some shapes only",
      "asks for every legal tile of every product and compares with tile extents times element size"),
  S_08(
      "a CTA has 32 to 1024 threads, whole warps in each role; threads() is the first of teams()",
      "a launch with other numbers is refused by the driver",
      "asks for every legal tile and every team"),
  S_09(
      "an operand is shared only by pairs: an odd number of SMs is refused; what a CTA loads itself is"
          + " the whole tile without sharing, and at least its share with it",
      "an odd grid leaves a CTA without partner, and a cluster that waits for it waits for ever",
      "asks both sides with odd and even SM counts"),
  S_10(
      "a refusal says why, and every problem in unsupported() has an identifier and a message",
      "an error that does not explain costs its reader an afternoon",
      "collects every Illegal that the set provokes"),
  S_11(
      "shouldMinimizeNumSms(options) follows DG_MINIMIZE_NUM_SMS: 0 is no, any other integer is yes,"
          + " unset is yes, anything else an OptionException",
      "the switch is a promise to users; a plugin that ignores it takes SMs that were meant for others",
      "asks with options made from maps, never with the process environment"),
  S_12(
      "the switch set in code wins over the property, the property over the environment",
      "precedence that differs from plugin to plugin cannot be documented",
      "asks with all combinations of sources"),
  S_13(
      "every problem of the set gets a configuration, within capacity, legal by the plugin's own"
          + " answers; minimising keeps the kernel and the number of waves and never adds SMs",
      "minimising SMs must never compile anything: that is what this library exists for",
      "selects every problem with the switch on and off"),
  S_14(
      "the identity of a kernel is free of m, n, k and the SM count: what is not asked by signature anyway"
          + " does not depend on them; a stage of a tile has the same size, and candidates are the same on"
          + " any number of SMs",
      "a kernel set that depends on sizes is not finite, and a server then compiles in the middle of a"
          + " request",
      "asks about one tile for many sizes and SM limits"),
  S_15(
      "every kernel that the selector can choose for a supported problem can be emitted",
      "the heuristic and the emitter disagree otherwise, and a user gets the error",
      "canEmit() and emit() of every selected kernel"),
  S_16(
      "emitting gives the same bytes: again, by a new provider, on two threads at once, and after other"
          + " problems were planned",
      "the bytes are the key of the kernel cache; a kernel that remembers its last launch is wrong for"
          + " the next",
      "emits every selected kernel in these five ways"),
  S_17(
      "the head of the PTX says what the module says: target, entry, threads, cluster; the entry's name"
          + " is unique; every line has a place for its origin",
      "the driver believes the text, the launcher the module",
      "reads .target, .entry, .reqntid and .reqnctapercluster"),
  S_18(
      "what is not declared is refused cleanly: supports() or unsupported() says why, and emit() of such"
          + " a kernel throws UnsupportedGemmException",
      "a kernel that silently computes something else is the worst failure there is",
      "asks for every undeclared capability"),
  S_19(
      "canEmit() refuses identities that make no sense: another architecture's, a tile that is no"
          + " candidate, more stages than fit, other threads; emit() throws UnsupportedGemmException",
      "a kernel pack of another release asks exactly that",
      "changes one part of a good identity at a time"),
  S_20(
      "check() finds null and misaligned addresses, rows that are too short, missing scales and operands"
          + " that nobody reads, all of them at once, and nothing in good operands; plan() throws for bad"
          + " ones",
      "wrong operands end in a fault on the device or, worse, in wrong numbers",
      "hands over operands with one and with several faults"),
  S_21(
      "a launch plan agrees with configuration and module: grid, threads, cluster, shared memory, and"
          + " arguments that match the entry's parameters one by one",
      "the driver copies as many bytes as the parameter has, whatever they are",
      "plans every selected kernel and compares with the parameter list in the PTX"),
  S_22(
      "what is declared is supported whatever the sizes are, from one row to a million",
      "a kernel that exists for some sizes only fails in production",
      "selects a kernel and checks good operands over m, n and k"),
  S_23(
      "an argument that carries the address of an operand says whose it is, and nothing else in a plan"
          + " depends on addresses",
      "a launcher plans once and fills in addresses from then on: an argument that hides one keeps reading"
          + " the operands of the first call",
      "plans on operands elsewhere, and compares with the first plan with their addresses filled in"),
  S_24(
      "answers by problem and answers by signature fit each other: candidates for block_m are some of"
          + " blockMs(), each problem has a candidate that a kernel can have, and the CTAs of a team store"
          + " all columns of a tile",
      "kernel sets are listed by signature, and kernels chosen by problem: one that is missing from the list"
          + " is compiled in the middle of a request",
      "asks for every problem of the set, and for every team of every legal tile"),

  C_01(
      "every kernel of the declared set assembles",
      "the emulator may be more lenient than ptxas",
      "runs the assembler on every selected kernel, and on the other teams of some"),
  C_02(
      "no register spills and no stack",
      "a spill in a main loop costs a multiple of the time and is invisible in results",
      "reads the assembler's report"),
  C_03(
      "registers times threads fit the register file",
      "a launch with more is refused",
      "registers per thread, rounded up to 8, times threads: at most 65,536"),
  C_04(
      "no static shared memory: all of it is in the configuration's sum",
      "static shared memory is not in the budget that the selector counts with",
      "reads the assembler's report"),

  N_01(
      "kernels run to their end without a fault",
      "a deadlock, a race or an access out of bounds on one shape is a crash in production",
      "runs every case of the set; the emulator checks every access, barrier and fence"),
  N_02(
      "every element of D is written and nothing else is",
      "padding and neighbours in memory belong to somebody else",
      "poisons D, its padding and the rows behind it before each run"),
  N_03(
      "products of small integers are exact",
      "an element in the wrong place, or taken twice, differs by whole numbers, not by a tolerance",
      "compares bits with exact integer arithmetic, for every team"),
  N_04(
      "random inputs give the reference within the tolerance of the types",
      "integers do not show a wrong rounding or lost precision",
      "compares with a double-precision reference, in norm and element by element"),
  N_05(
      "ragged edges: m, n and k need not be multiples of the tile",
      "real token counts are not",
      "exact integers on shapes one more and one less than tiles, from a single row"),
  N_06(
      "each scale goes to its row, its block and its 128 of k",
      "a transposed scale layout gives plausible numbers",
      "powers of two that differ from row to row and block to block; compares bits"),
  N_07(
      "NaN and infinities reach the rows and columns that they belong to, and no others",
      "one bad token must not poison its neighbours in a batch",
      "plants them near the edges; compares every element"),
  N_08(
      "zeros, subnormals and the largest values are computed as IEEE arithmetic says",
      "flushed subnormals and saturated products show up as drift in training only",
      "compares bits with exact arithmetic"),
  N_09(
      "the bits do not depend on the number of CTAs, nor on what ran before",
      "minimising SMs must not change results",
      "runs the same kernel on one cluster, two, and more");

  private final String text;
  private final String why;
  private final String how;

  Rule(String text, String why, String how) {
    this.text = text;
    this.why = why;
    this.how = how;
  }

  /** Stable identifier, such as {@code DGC-S-01}. */
  public String id() {
    return tier().prefix() + name().substring(1).replace('_', '-');
  }

  /** What it needs. */
  public Tier tier() {
    return switch (name().charAt(0)) {
      case 'S' -> Tier.SPECIFICATION;
      case 'C' -> Tier.COMPILE;
      default -> Tier.NUMERICS;
    };
  }

  /** What the plugin has to do. */
  public String text() {
    return text;
  }

  /** Why it has to. */
  public String why() {
    return why;
  }

  /** How the kit tests it. */
  public String how() {
    return how;
  }
}
