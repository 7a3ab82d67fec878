package dev.deepgemm.testkit.rules;

import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each rule finds what breaks it, and nothing else. */
class ArchitectureRulesTest {
  private static final String FIXTURES = "dev.deepgemm.testkit.rules.fixtures";

  @Test
  void nativeCodeAndGuice_outsideJitAndCli() {
    assertEquals(
        Set.of("SeesGuice", "SeesInject", "SeesJCuda", "SeesJna"),
        offenders("natives", ArchitectureRules::nativeCodeAndGuiceStayInJitAndCli));
  }

  @Test
  void architectures_seeingOthers() {
    assertEquals(
        Set.of("SeesJit", "SeesSm100", "SeesSm90"),
        offenders("standalone", ArchitectureRules::architecturesStandAlone));
  }

  @Test
  void internalPackages_seenFromAnotherModule() {
    assertEquals(
        Set.of("PeeksByArray", "PeeksByType", "PeeksFromInternal"),
        offenders("hidden", ArchitectureRules::internalPackagesAreHidden));
  }

  @Test
  void packages_inACycle() {
    List<String> details =
        evaluate("cycles", ArchitectureRules::packagesHaveNoCycles).getFailureReport().getDetails();
    assertEquals(1, details.size(), details::toString);
    assertTrue(details.get(0).contains("Slice ptx ->"), details.get(0));
    assertTrue(details.get(0).contains("Slice ptx.inner ->"), details.get(0));
  }

  @Test
  void packages_ofTooManyClasses() {
    assertEquals(
        List.of("package " + FIXTURES + ".size.ptx holds 26 top-level classes; legal: at most 25"),
        evaluate("size", ArchitectureRules::packagesStaySmall).getFailureReport().getDetails());
  }

  @Test
  void packages_thatAreNamed_mayBeLarge_butMustBe() {
    Map<String, String> named =
        Map.of(FIXTURES + ".size.ptx", "a crowd", FIXTURES + ".size.api", "it was large once");
    assertEquals(
        List.of(
            "package "
                + FIXTURES
                + ".size.api is excepted and holds 25 top-level classes: it needs no exception"),
        evaluate("size", rules -> rules.withLargePackages(named).packagesStaySmall())
            .getFailureReport()
            .getDetails());
  }

  @Test
  void staticState_thatCanChange() {
    assertEquals(
        Stream.concat(
                Stream.of("VALUE", "ON"), // of the nested Broken and Switch
                Stream.of(
                    "notFinal",
                    "ARRAY",
                    "ARRAY_AS_OBJECT",
                    "MAP",
                    "FIXED_SIZE",
                    "ATOMIC",
                    "THREAD_LOCAL",
                    "BUILDER",
                    "BUFFER",
                    "NESTED",
                    "NESTED_VALUE",
                    "IN_OPTIONAL",
                    "SINGLETON",
                    "IN_RECORD",
                    "COUNTER",
                    "INHERITED"))
            .collect(toCollection(TreeSet::new)),
        offenders("state", ArchitectureRules::noStaticMutableState));
  }

  @Test
  void staticState_messageNamesTheFieldThatHoldsIt() {
    assertTrue(
        evaluate("state", ArchitectureRules::noStaticMutableState)
            .getFailureReport()
            .getDetails()
            .stream()
            .anyMatch(
                detail ->
                    detail.contains(
                        "Refused.SINGLETON holds a java.util.concurrent.ConcurrentHashMap"
                            + " in the field "
                            + FIXTURES
                            + ".state.Refused$Registry.cache")));
  }

  @Test
  void environment_readOutsideOptions() {
    assertEquals(
        Set.of("OptionsToo", "ReadsAll", "ReadsInLambda", "RefersToIt"),
        offenders("environment", ArchitectureRules::environmentIsReadInOneClass));
  }

  @Test
  void modules_againstTheTable() {
    assertEquals(
        Set.of("NotInTable", "SeesLibrary", "SeesPtx", "SeesPtxFromBelow"),
        offenders("table", ArchitectureRules::modulesFollowTheTable));
  }

  /** The simple names of the classes, or the names of the fields, that violate the rule. */
  private static Set<String> offenders(String fixture, Function<ArchitectureRules, ArchRule> rule) {
    Set<String> names = new TreeSet<>();
    Collection<Object> unknown = new ArrayList<>();
    evaluate(fixture, rule)
        .handleViolations(
            (Collection<Object> objects, String message) ->
                objects.forEach(
                    object -> {
                      if (object instanceof JavaClass type) {
                        names.add(type.getSimpleName());
                      } else if (object instanceof JavaField field) {
                        names.add(field.getName());
                      } else if (object instanceof Dependency dependency) {
                        names.add(dependency.getOriginClass().getSimpleName());
                      } else if (object instanceof JavaAccess<?> access) {
                        names.add(access.getOriginOwner().getSimpleName());
                      } else {
                        unknown.add(object);
                      }
                    }));
    assertEquals(List.of(), unknown);
    return names;
  }

  private static EvaluationResult evaluate(
      String fixture, Function<ArchitectureRules, ArchRule> rule) {
    String root = FIXTURES + "." + fixture;
    return rule.apply(ArchitectureRules.under(root))
        .evaluate(new ClassFileImporter().importPackages(root));
  }
}
