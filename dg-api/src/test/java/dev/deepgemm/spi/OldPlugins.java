package dev.deepgemm.spi;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.security.cert.Certificate;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.JavaFileObject.Kind;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * Plugins that were compiled against an older release: {@code javac} sees enums without their newest
 * constants, and the classes that it makes are loaded where the enums have them. All in memory.
 */
final class OldPlugins extends ClassLoader {
  private final Map<String, byte[]> classes;

  private OldPlugins(Map<String, byte[]> classes) {
    super(OldPlugins.class.getClassLoader());
    this.classes = classes;
  }

  /** The constants that an enum had before its newest one, as in a list of case labels. */
  static String constantsBefore(Class<? extends Enum<?>> type) {
    Enum<?>[] constants = type.getEnumConstants();
    return Arrays.stream(constants)
        .limit(constants.length - 1)
        .map(Enum::name)
        .collect(Collectors.joining(", "));
  }

  /**
   * Compiles classes.
   *
   * @param release Java's
   * @param plugins name and source of each
   * @param stubs name and source of classes of the API as they were before; they are seen by the compiler,
   *     and never loaded
   */
  static OldPlugins compile(int release, Map<String, String> plugins, Map<String, String> stubs) {
    Map<String, String> sources = new HashMap<>(plugins);
    sources.putAll(stubs);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    Map<String, byte[]> made = new HashMap<>();
    StringWriter messages = new StringWriter();
    boolean compiled =
        compiler
            .getTask(
                messages,
                new InMemory(compiler.getStandardFileManager(null, null, null), made),
                null,
                List.of("--release", Integer.toString(release), "-proc:none"),
                null,
                sources.entrySet().stream().map(e -> new Source(e.getKey(), e.getValue())).toList())
            .call();
    if (!compiled) {
      throw new IllegalStateException(messages.toString());
    }
    made.keySet().removeIf(name -> name.contains("."));
    return new OldPlugins(made);
  }

  /** One of the plugins. */
  ArchSpec plugin(String name) throws ReflectiveOperationException {
    return (ArchSpec) loadClass(name).getConstructor().newInstance();
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte[] bytes = classes.get(name);
    if (bytes == null) {
      throw new ClassNotFoundException(name);
    }
    try {
      CodeSource source = new CodeSource(new URL("file:/plugins/old.jar"), (Certificate[]) null);
      return defineClass(name, bytes, 0, bytes.length, new ProtectionDomain(source, null));
    } catch (MalformedURLException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  private static URI uri(String name, Kind kind) {
    return URI.create("memory:///" + name.replace('.', '/') + kind.extension);
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String name, String text) {
      super(uri(name, Kind.SOURCE), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  private static final class InMemory extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, byte[]> made;

    InMemory(JavaFileManager files, Map<String, byte[]> made) {
      super(files);
      this.made = made;
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String name, Kind kind, FileObject sibling) {
      return new SimpleJavaFileObject(uri(name, kind), kind) {
        @Override
        public OutputStream openOutputStream() {
          return new ByteArrayOutputStream() {
            @Override
            public void close() {
              made.put(name, toByteArray());
            }
          };
        }
      };
    }
  }
}
