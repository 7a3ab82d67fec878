package dev.deepgemm.spi;

import dev.deepgemm.api.DeepGemmException;
import dev.deepgemm.api.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Architecture plugins are missing, doubled or broken ({@code DG-ARCH-*}). */
public final class ArchSpecException extends DeepGemmException {
  private static final long serialVersionUID = 1L;

  ArchSpecException(Problem problem, @Nullable Throwable cause) {
    super(List.of(problem), cause);
  }
}
