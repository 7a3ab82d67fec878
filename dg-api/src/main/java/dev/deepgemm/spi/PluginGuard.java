package dev.deepgemm.spi;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Tile;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Asks a plugin the questions in which it can meet a constant that is younger than itself.
 *
 * <p>A plugin that was compiled before a constant existed may {@code switch} over all constants that it
 * knew. What then happens is not its answer but the compiler's: {@link IncompatibleClassChangeError}
 * from a switch expression that was compiled for Java 17 to 20, {@code MatchException} from one that was
 * compiled for 21 or later; a {@code default} branch throws {@link IllegalArgumentException} as a rule.
 * Here all of these become a refusal ({@code DG-ARCH-05}), so that nobody who uses the library sees a
 * linkage error because of a jar that is one release behind.
 *
 * <p>Hosts ask {@link #unsupported} first, and ask nothing else about a signature that was refused. See
 * {@link ArchSpec} for what plugins have to do.
 */
public final class PluginGuard {
  /** In java.lang since Java 21; this class is compiled for 17. */
  private static final String MATCH_EXCEPTION = "java.lang.MatchException";

  private PluginGuard() {}

  /**
   * What {@link ArchSpec#unsupported} says; one problem ({@code DG-ARCH-05}) if the plugin does not know
   * what it is asked about.
   *
   * @throws RuntimeException as the plugin threw it, if no constant is to blame: a fault of the plugin
   */
  public static List<Problem> unsupported(ArchSpec arch, Signature signature) {
    try {
      return arch.unsupported(signature);
    } catch (IncompatibleClassChangeError | RuntimeException e) {
      if (!mayBeUnknownConstant(e)) {
        throw e;
      }
      Enum<?> unknown = unknownConstant(arch, signature);
      if (unknown == null && e instanceof IllegalArgumentException) {
        throw e;
      }
      String constant =
          unknown != null
              ? name(unknown)
              : "one of "
                  + constants(signature).stream()
                      .map(PluginGuard::name)
                      .collect(Collectors.joining(", "));
      return List.of(builtBefore(arch, constant, e));
    }
  }

  /**
   * What {@link ArchSpec#multicast} says; illegal if the plugin does not know the side.
   *
   * @throws RuntimeException as the plugin threw it, if the side is not to blame
   */
  public static Legality multicast(
      ArchSpec arch, GemmDesc desc, Tile tile, Multicast side, int numSms) {
    try {
      return arch.multicast(desc, tile, side, numSms);
    } catch (IncompatibleClassChangeError | RuntimeException e) {
      boolean knowsOlder =
          Arrays.stream(Multicast.values())
              .filter(older -> older != Multicast.NONE && older.compareTo(side) < 0)
              .anyMatch(older -> answers(() -> arch.multicast(desc, tile, older, numSms)));
      if (!mayBeUnknownConstant(e) || !knowsOlder) {
        throw e;
      }
      return Legality.illegal("%s", builtBefore(arch, name(side), e).message());
    }
  }

  private static Problem builtBefore(ArchSpec arch, String constant, Throwable cause) {
    return Problem.of(
        "DG-ARCH-05",
        "plugin \"%s\" (%s in %s) was built before %s existed, or forgets it: asked about it, it throws"
            + " %s. Use a build of the plugin that knows it",
        arch.id(),
        arch.getClass().getName(),
        ArchSpecs.origin(arch),
        constant,
        cause);
  }

  private static boolean mayBeUnknownConstant(Throwable e) {
    // Not its subclasses: a method or a field that is missing is another kind of mistake.
    return e.getClass() == IncompatibleClassChangeError.class
        || e.getClass().getName().equals(MATCH_EXCEPTION)
        || e instanceof IllegalArgumentException;
  }

  /** The constant without which the plugin has an answer; null if it is not one alone. */
  private static @Nullable Enum<?> unknownConstant(ArchSpec arch, Signature signature) {
    for (Enum<?> constant : constants(signature)) {
      for (Enum<?> older : constant.getDeclaringClass().getEnumConstants()) {
        if (older.ordinal() < constant.ordinal()
            && answers(() -> arch.unsupported(replace(signature, constant, older)))) {
          return constant;
        }
      }
    }
    return null;
  }

  private static boolean answers(Runnable question) {
    try {
      question.run();
      return true;
    } catch (IncompatibleClassChangeError | RuntimeException e) {
      return false;
    }
  }

  private static Set<Enum<?>> constants(Signature signature) {
    Set<Enum<?>> constants = new LinkedHashSet<>();
    constants.add(signature.kind());
    constants.add(signature.aType());
    constants.add(signature.bType());
    constants.add(signature.dType());
    constants.add(signature.scaling().format());
    constants.add(signature.majorA());
    constants.add(signature.majorB());
    return constants;
  }

  /** The same signature with another constant wherever one occurs. */
  private static Signature replace(Signature signature, Enum<?> from, Enum<?> to) {
    ScaleScheme scaling = signature.scaling();
    if (scaling.format() == from) {
      scaling =
          to == ScaleScheme.Format.NONE
              ? ScaleScheme.NONE
              : new ScaleScheme(scaling.a(), scaling.b(), (ScaleScheme.Format) to);
    }
    return new Signature(
        signature.kind() == from ? (GemmKind) to : signature.kind(),
        replace(signature.a(), from, to),
        replace(signature.b(), from, to),
        scaling,
        new Signature.Output(replace(signature.dType(), from, to), signature.accumulate()));
  }

  private static Signature.Input replace(Signature.Input input, Enum<?> from, Enum<?> to) {
    return new Signature.Input(
        replace(input.type(), from, to), input.major() == from ? (Major) to : input.major());
  }

  private static DataType replace(DataType type, Enum<?> from, Enum<?> to) {
    return type == from ? (DataType) to : type;
  }

  /** As in {@code GemmKind.BATCHED}. */
  private static String name(Enum<?> constant) {
    return constant.getDeclaringClass().getSimpleName() + "." + constant.name();
  }
}
