/**
 * The conformance suite for architecture plugins, faults and test support.
 *
 * <p>JUnit and ArchUnit are optional: who extends {@code ArchConformance} or checks the architecture rules
 * requires them too.
 */
module dev.deepgemm.testkit {
  requires transitive dev.deepgemm.api;
  requires transitive dev.deepgemm.heuristics;
  requires transitive dev.deepgemm.emulator;
  requires transitive dev.deepgemm.reference;
  requires static com.tngtech.archunit;
  requires static org.junit.jupiter.api;
  requires static org.opentest4j;
  requires static org.jspecify;

  exports dev.deepgemm.testkit;
  exports dev.deepgemm.testkit.conformance;
  exports dev.deepgemm.testkit.conformance.checks;
  exports dev.deepgemm.testkit.conformance.run;
  exports dev.deepgemm.testkit.conformance.spec;
  exports dev.deepgemm.testkit.doubles;
  exports dev.deepgemm.testkit.faults;
  exports dev.deepgemm.testkit.rules;
  exports dev.deepgemm.testkit.wrappers;

  // JUnit makes the condition behind @GpuTest and calls the methods that
  // ArchConformance hands down.
  opens dev.deepgemm.testkit to
      org.junit.platform.commons;
  opens dev.deepgemm.testkit.conformance to
      org.junit.platform.commons;

  uses dev.deepgemm.testkit.conformance.run.KernelAssembler;
}
