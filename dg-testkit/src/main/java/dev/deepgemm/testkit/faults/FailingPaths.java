package dev.deepgemm.testkit.faults;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Paths of a {@link FailingFileSystem}: proxies that ask the real path and say that they belong to
 * another file system. That is what makes {@link java.nio.file.Files} go through its provider.
 */
final class FailingPaths {
  private FailingPaths() {}

  static Path wrap(FailingFileSystem files, Path path) {
    return Proxy.isProxyClass(path.getClass())
        ? path
        : (Path)
            Proxy.newProxyInstance(
                FailingPaths.class.getClassLoader(),
                new Class<?>[] {Path.class},
                new Handler(files, path));
  }

  static Path unwrap(Path path) {
    return Proxy.isProxyClass(path.getClass())
            && Proxy.getInvocationHandler(path) instanceof Handler handler
        ? handler.real
        : path;
  }

  private record Handler(FailingFileSystem files, Path real) implements InvocationHandler {
    @Override
    public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] args)
        throws Throwable {
      if (method.getName().equals("getFileSystem")) {
        return files;
      }
      Object[] unwrapped = args == null ? new Object[0] : args.clone();
      for (int i = 0; i < unwrapped.length; i++) {
        if (unwrapped[i] instanceof Path path) {
          unwrapped[i] = unwrap(path);
        }
      }
      try {
        Object answer = method.invoke(real, unwrapped);
        return answer instanceof Path path ? wrap(files, path) : answer;
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }
}
