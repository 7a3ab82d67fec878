package dev.deepgemm.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.ptx.Code;
import java.io.File;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the DSL's types rule out is not run at all: {@code javac} refuses it. */
class DoesNotCompileTest {
  /** Where the DSL and what it is made of lie, whether tests run on a class path or a module path. */
  private static String classPath() {
    return Stream.of(Code.class, PtxModule.class)
        .map(
            type ->
                Path.of(
                    URI.create(
                        type.getProtectionDomain().getCodeSource().getLocation().toString())))
        .map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** A kernel around one statement; a value, a variable and two addresses are at hand. */
  private static List<String> errors(String statement) {
    String source =
        """
        import dev.deepgemm.ptx.*;
        import dev.deepgemm.ptx.smem.*;
        import dev.deepgemm.ptx.sync.*;
        class Kernel {
          void body(Code code, U32 value, U32Var variable, F32 sum, F32Var sums, SmemAddress smem,
              ClusterAddress remote, U64 global, Mbarrier barrier) {
            %s;
          }
        }
        """
            .formatted(statement);
    JavaFileObject file =
        new SimpleJavaFileObject(URI.create("string:///Kernel.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    List<String> options = List.of("-proc:none", "-implicit:none", "-classpath", classPath());
    javac
        .getTask(
            null,
            new NoOutput(javac.getStandardFileManager(null, null, null)),
            found,
            options,
            null,
            List.of(file))
        .call();
    return found.getDiagnostics().stream()
        .filter(d -> d.getKind() == Diagnostic.Kind.ERROR)
        .map(d -> d.getMessage(Locale.ROOT))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "code.set(variable, value)",
        "code.increment(variable, value)",
        "code.accumulate(sums, sum)",
        "code.stShared(code.add(smem, value), 0, sum)",
        "code.add(variable, value)",
        "code.prefetchL2(global)"
      })
  void whatIsMeant_compiles(String statement) {
    assertEquals(List.of(), errors(statement));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "code.set(value, variable)",
        "code.increment(value, 1)",
        "code.accumulate(sum, sum)",
        "code.loop(value, value, value, i -> code.increment(i, 1))",
        "code.stShared(value, 0, sum)",
        "code.stShared(remote, 0, sum)",
        "code.ldGlobalNc(smem)",
        "code.mul(smem, value)",
        "code.add(smem, smem)",
        "code.add(value, sum)",
        "barrier.await(value)",
        "Mbarrier.at(code, remote)",
        "new U32(\"%r0\")",
        "new SmemAddress(\"%r0\")",
        "new Param.Int(\"m\")",
        "new SmemRegion(\"A\", 0, 16, 1)",
        "new NamedBarrier(\"mine\", 3, 128)"
      })
  void whatCannotBeRight_doesNotCompile(String statement) {
    List<String> errors = errors(statement);
    assertFalse(errors.isEmpty(), statement);
    assertTrue(errors.stream().noneMatch(e -> e.contains("does not exist")), errors.toString());
  }
}
