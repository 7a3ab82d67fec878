package dev.deepgemm.cli;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.deepgemm.testkit.rules.ArchitectureRules;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the architecture rules say of the project; here because this module has every other on its path. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ArchitectureRules.PROJECT_ROOT);

  static List<ArchRule> rules() {
    return ArchitectureRules.ofTheProject().all();
  }

  @ParameterizedTest
  @MethodSource("rules")
  void project_keepsTheRule(ArchRule rule) {
    rule.check(CLASSES);
  }

  @Test
  void import_findsEveryModuleAndNoTest() {
    Set<String> packages = CLASSES.stream().map(JavaClass::getPackageName).collect(toSet());
    for (String module :
        List.of(
            "api",
            "spi",
            "driver",
            "ptx",
            "kernels",
            "emulator",
            "heuristics",
            "sm90",
            "sm100",
            "jit",
            "reference",
            "workloads",
            "measure",
            "testkit",
            "cli")) {
      assertTrue(
          packages.stream()
              .anyMatch(name -> (name + ".").startsWith("dev.deepgemm." + module + ".")),
          module + " in " + packages);
    }
    assertTrue(packages.stream().noneMatch(name -> name.contains(".fixtures")), "fixtures");
  }
}
