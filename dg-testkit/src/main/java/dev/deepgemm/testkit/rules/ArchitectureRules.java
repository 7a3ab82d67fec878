package dev.deepgemm.testkit.rules;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;

/**
 * What holds the shape of the code together, as rules that a test can check.
 *
 * <p>Maven already refuses a dependency that no pom declares. These rules hold what Maven cannot
 * see: what the tests of a module, or a module above it, pull onto the class path; packages inside
 * a module; and habits, such as no static mutable state.
 *
 * <p>The rules are about the packages under one root, so that their tests can show on a small tree
 * of fixtures that each of them fails when it should. The project's own root is {@value
 * #PROJECT_ROOT}. The rules that name no module of the project ({@link #internalPackagesAreHidden},
 * {@link #packagesHaveNoCycles}, {@link #packagesStaySmall} and {@link #noStaticMutableState}) serve a plugin of someone else
 * just as well.
 */
public final class ArchitectureRules {
  /** The root of the project's own packages. */
  public static final String PROJECT_ROOT = "dev.deepgemm";

  /** Top-level classes of a package, at most: what a reader can look over. */
  private static final int MOST_CLASSES = 25;

  private final String root;
  private final ModuleTable table;
  private final Map<String, String> largePackages;

  private ArchitectureRules(String root, Map<String, String> largePackages) {
    this.root = root;
    this.table = new ModuleTable(root);
    this.largePackages = Map.copyOf(largePackages);
  }

  /** The rules for the project itself. */
  public static ArchitectureRules ofTheProject() {
    return under(PROJECT_ROOT);
  }

  /** The rules for the packages {@code <root>.<module>} and what is below them. */
  public static ArchitectureRules under(String root) {
    return new ArchitectureRules(root, Map.of());
  }

  /**
   * The same rules, with packages that may be large.
   *
   * @param reasons by the full name of the package, why it is
   */
  public ArchitectureRules withLargePackages(Map<String, String> reasons) {
    return new ArchitectureRules(root, reasons);
  }

  /** All rules. */
  public List<ArchRule> all() {
    return List.of(
        nativeCodeAndGuiceStayInJitAndCli(),
        architecturesStandAlone(),
        internalPackagesAreHidden(),
        packagesHaveNoCycles(),
        packagesStaySmall(),
        noStaticMutableState(),
        environmentIsReadInOneClass(),
        modulesFollowTheTable());
  }

  /** Only {@code jit} and {@code cli} see JCuda, JNA or Guice. */
  public ArchRule nativeCodeAndGuiceStayInJitAndCli() {
    return noClasses()
        .that()
        .resideInAPackage(root + "..")
        .and()
        .resideOutsideOfPackages(module("jit"), module("cli"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jcuda..", "com.sun.jna..", "com.google.inject..", "jakarta.inject..")
        .as("only jit and cli see JCuda, JNA or Guice")
        .because("who wants configurations alone gets no native code");
  }

  /** {@code sm90} and {@code sm100} never see each other, nor {@code jit}. */
  public ArchRule architecturesStandAlone() {
    DescribedPredicate<JavaClass> forbidden =
        resideInAnyPackage(module("sm90"), module("sm100"), module("jit"));
    return classes()
        .that()
        .resideInAnyPackage(module("sm90"), module("sm100"))
        .should(
            new DependencyCondition(
                "not see another architecture, nor jit",
                dependency ->
                    forbidden.test(dependency.getTargetClass())
                        && !table.sameModule(
                            dependency.getOriginClass(), dependency.getTargetClass())))
        .as("sm90 and sm100 never see each other, nor jit")
        .because("an architecture is a plugin that can be left out")
        .allowEmptyShould(true);
  }

  /** What is below a package named {@code internal} is seen by its own module only. */
  public ArchRule internalPackagesAreHidden() {
    DescribedPredicate<JavaClass> internal = resideInAPackage(root + "..internal..");
    return classes()
        .that()
        .resideInAPackage(root + "..")
        .should(
            new DependencyCondition(
                "not see another module's internal package",
                dependency ->
                    internal.test(dependency.getTargetClass())
                        && !table.sameModule(
                            dependency.getOriginClass(), dependency.getTargetClass())))
        .as("no module sees another's internal package");
  }

  /** No cycles between packages; a package and the one that holds it are two. */
  public ArchRule packagesHaveNoCycles() {
    return slices()
        .matching(root + ".(**)")
        .should()
        .beFreeOfCycles()
        .as("packages have no cycles")
        .allowEmptyShould(true);
  }

  /** No package of more than 25 top-level classes, but for those that are named with a reason. */
  public ArchRule packagesStaySmall() {
    return classes()
        .that()
        .resideInAPackage(root + "..")
        .should(new PackageSize(MOST_CLASSES, largePackages.keySet()))
        .as("no package holds more than " + MOST_CLASSES + " top-level classes")
        .because("a heap has no inside: what belongs together gets a room");
  }

  /** No static mutable state; {@link StaticState} says what counts. */
  public ArchRule noStaticMutableState() {
    return fields()
        .that()
        .areStatic()
        .and()
        .areDeclaredInClassesThat()
        .resideInAPackage(root + "..")
        .should(new StaticState(root))
        .as("no static mutable state")
        .because("two threads can emit at once, and one input gives the same bytes every time")
        .allowEmptyShould(true);
  }

  /** {@code System.getenv}, called or referred to, in {@code api.Options} only. */
  public ArchRule environmentIsReadInOneClass() {
    String options = root + ".api.Options";
    return noClasses()
        .that()
        .resideInAPackage(root + "..")
        .and(
            DescribedPredicate.describe(
                "are not " + options,
                type ->
                    !type.getName().equals(options) && !type.getName().startsWith(options + "$")))
        .should()
        .accessTargetWhere(
            DescribedPredicate.describe(
                "the target is System.getenv",
                (JavaAccess<?> access) ->
                    access.getTargetOwner().isEquivalentTo(System.class)
                        && access.getTarget().getName().equals("getenv")))
        .as("environment variables are read in " + options + " only")
        .because("every option can then be listed, and tested without touching the process");
  }

  /** A module sees what the table of modules lets it see. */
  public ArchRule modulesFollowTheTable() {
    return classes()
        .that()
        .resideInAPackage(root + "..")
        .should(new DependencyCondition("see what its module may see", table::forbids))
        .as("modules see each other as their table says");
  }

  private String module(String name) {
    return root + "." + name + "..";
  }
}
