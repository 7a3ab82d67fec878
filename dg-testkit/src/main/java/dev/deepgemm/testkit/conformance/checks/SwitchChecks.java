package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.Option;
import dev.deepgemm.api.OptionException;
import dev.deepgemm.api.Options;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.testkit.conformance.spec.Capability;
import java.util.Map;

/** S-11 and S-12: the switch {@code DG_MINIMIZE_NUM_SMS}. */
final class SwitchChecks {
  private static final Option<Boolean> SWITCH = Options.MINIMIZE_NUM_SMS;
  private static final Map<String, Boolean> MEANINGS =
      Map.of("0", false, "1", true, "2", true, "-1", true, " 1 ", true, "+0", false, "00", false);

  private SwitchChecks() {}

  static void values(Subject subject, Findings findings) {
    if (!follows(subject, findings)) {
      return;
    }
    ArchSpec arch = subject.arch();
    findings.check(
        arch.shouldMinimizeNumSms(Options.defaults()), "unset: it does not minimise; default is 1");
    MEANINGS.forEach(
        (text, meaning) ->
            findings.check(
                arch.shouldMinimizeNumSms(environment(text)) == meaning,
                "%s=\"%s\": it answers %b",
                SWITCH.env(),
                text,
                !meaning));
    try {
      boolean answer = arch.shouldMinimizeNumSms(environment("yes"));
      findings.check(false, "%s=\"yes\": it answers %b instead of an error", SWITCH.env(), answer);
    } catch (OptionException e) {
      findings.check(
          e.problems().get(0).id().equals("DG-OPT-01"), "unexpected error: %s", e.getMessage());
    }
  }

  static void precedence(Subject subject, Findings findings) {
    ArchSpec arch = subject.arch();
    if (!follows(subject, findings)) {
      return;
    }
    for (String weak : new String[] {"0", "1"}) {
      String strong = weak.equals("0") ? "1" : "0";
      boolean expected = strong.equals("1");
      Options property = Options.of(Map.of(SWITCH.property(), strong), Map.of(SWITCH.env(), weak));
      findings.check(
          arch.shouldMinimizeNumSms(property) == expected,
          "property %s against environment %s: it answers %b",
          strong,
          weak,
          !expected);
      Options program =
          Options.of(Map.of(SWITCH.property(), weak), Map.of(SWITCH.env(), weak))
              .with(SWITCH, strong);
      findings.check(
          arch.shouldMinimizeNumSms(program) == expected,
          "set in code to %s against property and environment %s: it answers %b",
          strong,
          weak,
          !expected);
    }
  }

  /** A plugin that does not follow the switch has to answer alike always. */
  private static boolean follows(Subject subject, Findings findings) {
    if (subject.capabilities().has(Capability.MINIMIZE_SMS_SWITCH)) {
      return true;
    }
    ArchSpec arch = subject.arch();
    findings.check(
        arch.shouldMinimizeNumSms(environment("0")) == arch.shouldMinimizeNumSms(environment("1")),
        "MINIMIZE_SMS_SWITCH is not declared, and the switch changes the answer");
    return false;
  }

  private static Options environment(String value) {
    return Options.of(Map.of(), Map.of(SWITCH.env(), value));
  }
}
