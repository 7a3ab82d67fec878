package dev.deepgemm.testkit.rules;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Few enough top-level classes in each package, but for those that are excepted by name. An exception that is
 * not needed is a violation too: it would let the package grow again.
 */
final class PackageSize extends ArchCondition<JavaClass> {
  private final int most;
  private final Set<String> excepted;
  private final Map<String, Integer> sizes = new TreeMap<>();

  PackageSize(int most, Set<String> excepted) {
    super("lie in a package of at most %d top-level classes", most);
    this.most = most;
    this.excepted = Set.copyOf(excepted);
  }

  @Override
  public void init(Collection<JavaClass> classes) {
    sizes.clear();
    excepted.forEach(name -> sizes.put(name, 0));
    for (JavaClass type : classes) {
      if (type.isTopLevelClass() && !type.getSimpleName().equals("package-info")) {
        sizes.merge(type.getPackageName(), 1, Integer::sum);
      }
    }
  }

  @Override
  public void check(JavaClass type, ConditionEvents events) {
    // A package is looked at once all of its classes are counted.
  }

  @Override
  public void finish(ConditionEvents events) {
    sizes.forEach(
        (name, size) ->
            problem(name, size)
                .ifPresent(text -> events.add(SimpleConditionEvent.violated(name, text))));
  }

  private Optional<String> problem(String name, int size) {
    if (excepted.contains(name)) {
      return size > most
          ? Optional.empty()
          : Optional.of(
              String.format(
                  "package %s is excepted and holds %d top-level classes: it needs no exception",
                  name, size));
    }
    return size > most
        ? Optional.of(
            String.format(
                "package %s holds %d top-level classes; legal: at most %d", name, size, most))
        : Optional.empty();
  }
}
