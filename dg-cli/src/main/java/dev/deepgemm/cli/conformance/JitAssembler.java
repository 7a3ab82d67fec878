package dev.deepgemm.cli.conformance;

import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.KernelCompiler;
import dev.deepgemm.jit.kernel.AssemblerStatus;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.testkit.conformance.run.KernelAssembler;
import java.util.Optional;
import java.util.stream.Collectors;

/** The library's own assemblers for the conformance suite, where there is no {@code ptxas}. */
final class JitAssembler implements KernelAssembler {
  private final KernelCompiler compiler;

  JitAssembler(KernelCompiler compiler) {
    this.compiler = compiler;
  }

  @Override
  public String description() {
    return compiler.assemblers().stream()
        .filter(AssemblerStatus::available)
        .map(status -> status.id() + " " + status.detail())
        .collect(Collectors.joining(", "));
  }

  @Override
  public Optional<String> unavailable(String target) {
    return compiler.assemblers().stream().anyMatch(AssemblerStatus::available)
        ? Optional.empty()
        : Optional.of("no assembler; put ptxas of a CUDA toolkit on the PATH");
  }

  @Override
  public Assembly assemble(PtxModule module) {
    try {
      Cubin cubin = compiler.compile(module).cubin();
      return cubin
          .usage()
          .map(
              usage ->
                  new Assembly(
                      true,
                      cubin.log(),
                      usage.registers(),
                      usage.spillStores() + usage.spillLoads(),
                      usage.stack(),
                      usage.staticSmem()))
          .orElseGet(() -> new Assembly(true, cubin.log(), 0, 0, 0, 0));
    } catch (JitException e) {
      return new Assembly(false, String.valueOf(e.getMessage()), 0, 0, 0, 0);
    }
  }
}
