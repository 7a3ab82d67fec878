package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecException;
import dev.deepgemm.spi.ArchSpecs;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** S-01, S-02, S-03, S-05: what the plugin says that it is. */
final class IdentityChecks {
  private static final Pattern ID = Pattern.compile("[a-z][a-z0-9]*");
  private static final Pattern TARGET = Pattern.compile("sm_(\\d+)(\\d)([af]?)");
  private static final int KIB = 1024;

  /** Every compute capability with tensor cores, and the shared memory that one CTA may use. */
  private static final Map<ComputeCapability, Integer> SMEM =
      Map.ofEntries(
          Map.entry(new ComputeCapability(7, 0), 96 * KIB),
          Map.entry(new ComputeCapability(7, 2), 96 * KIB),
          Map.entry(new ComputeCapability(7, 5), 64 * KIB),
          Map.entry(new ComputeCapability(8, 0), 163 * KIB),
          Map.entry(new ComputeCapability(8, 6), 99 * KIB),
          Map.entry(new ComputeCapability(8, 7), 163 * KIB),
          Map.entry(new ComputeCapability(8, 9), 99 * KIB),
          Map.entry(new ComputeCapability(9, 0), 227 * KIB),
          Map.entry(new ComputeCapability(10, 0), 227 * KIB),
          Map.entry(new ComputeCapability(10, 3), 227 * KIB),
          Map.entry(new ComputeCapability(11, 0), 227 * KIB),
          Map.entry(new ComputeCapability(12, 0), 99 * KIB),
          Map.entry(new ComputeCapability(12, 1), 99 * KIB));

  private IdentityChecks() {}

  static void names(Subject subject, Findings findings) {
    ArchSpec arch = subject.arch();
    findings.check(
        ID.matcher(arch.id()).matches(),
        "id is \"%s\"; legal: lower-case letters and digits",
        arch.id());
    Matcher target = TARGET.matcher(arch.target());
    if (findings.check(
        target.matches(), "target is \"%s\"; legal: such as sm_80 or sm_90a", arch.target())) {
      ComputeCapability named =
          new ComputeCapability(
              Integer.parseInt(target.group(1)), Integer.parseInt(target.group(2)));
      findings.check(
          named.equals(arch.computeCapability()),
          "target %s stands for %s, computeCapability() says %s",
          arch.target(),
          named,
          arch.computeCapability());
    }
  }

  static void devices(Subject subject, Findings findings) {
    ArchSpec arch = subject.arch();
    ComputeCapability own = arch.computeCapability();
    findings.check(arch.runsOn(own), "runsOn(%s) is false, and that is its own", own);
    boolean exact = arch.target().endsWith("a");
    for (ComputeCapability device : SMEM.keySet()) {
      boolean older =
          device.major() < own.major()
              || (device.major() == own.major() && device.minor() < own.minor());
      if (older || (exact && !device.equals(own))) {
        findings.check(
            !arch.runsOn(device), "runsOn(%s) is true for target %s", device, arch.target());
      }
    }
  }

  static void registration(Subject subject, Findings findings) {
    Class<?> type = subject.arch().getClass();
    findings.check(Modifier.isPublic(type.getModifiers()), "%s is not public", type.getName());
    findings.check(
        Arrays.stream(type.getConstructors()).anyMatch(c -> c.getParameterCount() == 0),
        "%s has no public constructor without arguments",
        type.getName());
    ClassLoader loader = type.getClassLoader();
    try {
      List<ArchSpec> found = ArchSpecs.load(loader).all();
      findings.check(
          found.stream().anyMatch(spec -> spec.getClass() == type),
          "%s is not registered in META-INF/services/%s; registered: %s",
          type.getName(),
          ArchSpec.class.getName(),
          found);
    } catch (ArchSpecException e) {
      findings.check(false, "%s", e.getMessage());
    }
  }

  static void capacity(Subject subject, Findings findings) {
    ArchSpec arch = subject.arch();
    int capacity = arch.smemCapacity();
    Integer most = SMEM.get(arch.computeCapability());
    findings.check(capacity > 0, "smemCapacity() is %,d", capacity);
    if (most == null) {
      findings.gap("the kit does not know the shared memory of " + arch.computeCapability());
    } else {
      findings.check(
          capacity <= most,
          "smemCapacity() is %,d; a CTA on %s has at most %,d",
          capacity,
          arch.computeCapability(),
          most);
    }
    findings.check(arch.defaultNumSms() > 0, "defaultNumSms() is %d", arch.defaultNumSms());
  }
}
