package dev.deepgemm.jit.internal.assemble;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.internal.cuda.CudaContext;
import dev.deepgemm.jit.kernel.AssemblerStatus;
import dev.deepgemm.jit.kernel.JitException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The assemblers of this machine in the order in which they are tried, or the one that is forced. */
public final class Assemblers {
  private static final String AUTO = "auto";

  private final List<Assembler> all;
  private final String wanted;

  public Assemblers(List<Assembler> all, String wanted) {
    this.all = List.copyOf(all);
    this.wanted = wanted;
  }

  /**
   * By the speed of the machine code. The driver's compiler and {@code ptxas} are the same generator, and
   * the driver's fits the driver that will run the code. The embedded one is older, up to 27 % slower.
   * nvJitLink and the driver's linker compile relocatable code, less than half as fast where {@code
   * setmaxnreg} counts; they are for targets that the others do not know.
   */
  public static Assemblers of(Options options, Supplier<CudaContext.Search> search) {
    return of(options, new DriverAssembler(options.get(Options.JIT_WITH_LINEINFO)), search);
  }

  static Assemblers of(
      Options options, DriverAssembler driver, Supplier<CudaContext.Search> search) {
    boolean lineInfo = options.get(Options.JIT_WITH_LINEINFO);
    return new Assemblers(
        List.of(
            driver,
            new PtxasAssembler(options),
            new EmbeddedAssembler(lineInfo),
            new NvJitLinkAssembler(options),
            new LinkerAssembler(search, lineInfo)),
        options.get(Options.JIT_ASSEMBLER));
  }

  /**
   * The assembler for a module.
   *
   * @throws JitException if the forced one cannot ({@code DG-JIT-02}), or none can ({@code DG-JIT-03})
   */
  public Assembler choose(PtxModule module) {
    List<String> reasons = new ArrayList<>();
    for (Assembler assembler : candidates()) {
      Optional<String> reason = assembler.unavailable().or(() -> assembler.refusal(module));
      if (reason.isEmpty()) {
        return assembler;
      }
      reasons.add(assembler.id() + ": " + reason.get());
    }
    if (!wanted.equals(AUTO)) {
      throw new JitException(
          Problem.of(
              "DG-JIT-02",
              "assembler %s is asked for (DG_JIT_ASSEMBLER) and cannot assemble %s: %s. Unset"
                  + " DG_JIT_ASSEMBLER to let the library choose",
              wanted,
              module.entry(),
              reasons.isEmpty() ? "there is none of that name" : reasons.get(0)));
    }
    throw new JitException(
        Problem.of(
            "DG-JIT-03",
            "nothing can assemble %s for %s:%n  %s%nInstall a CUDA toolkit of version 13 or later, or"
                + " put its ptxas on the PATH",
            module.entry(),
            module.target(),
            String.join(System.lineSeparator() + "  ", reasons)));
  }

  /** Those that the options leave, the first choice first. */
  public List<Assembler> candidates() {
    return all.stream()
        .filter(assembler -> wanted.equals(AUTO) || wanted.equals(assembler.id()))
        .toList();
  }

  /** Whether an assembler works here and takes a module. */
  public static boolean able(Assembler assembler, PtxModule module) {
    return assembler.unavailable().or(() -> assembler.refusal(module)).isEmpty();
  }

  /** Every assembler, whether it can be used, and its version or the reason why not. */
  public List<AssemblerStatus> status() {
    List<AssemblerStatus> found = new ArrayList<>();
    for (Assembler assembler : all) {
      Optional<String> reason = assembler.unavailable();
      found.add(
          new AssemblerStatus(
              assembler.id(), reason.isEmpty(), reason.orElseGet(assembler::version)));
    }
    return found;
  }
}
