package dev.deepgemm.testkit.rules;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.function.Predicate;

/** Every dependency of a class for which {@code forbidden} holds is a violation. */
final class DependencyCondition extends ArchCondition<JavaClass> {
  private final Predicate<Dependency> forbidden;

  DependencyCondition(String description, Predicate<Dependency> forbidden) {
    super(description);
    this.forbidden = forbidden;
  }

  @Override
  public void check(JavaClass type, ConditionEvents events) {
    type.getDirectDependenciesFromSelf().stream()
        .filter(forbidden)
        .forEach(
            dependency ->
                events.add(SimpleConditionEvent.violated(type, dependency.getDescription())));
  }
}
