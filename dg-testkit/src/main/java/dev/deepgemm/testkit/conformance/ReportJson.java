package dev.deepgemm.testkit.conformance;

import dev.deepgemm.testkit.conformance.spec.Outcome;
import dev.deepgemm.testkit.conformance.spec.RuleResult;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A report for programs: one object, fields in a fixed order. */
final class ReportJson {
  private ReportJson() {}

  static String of(ConformanceReport report) {
    StringBuilder json = new StringBuilder("{\n");
    json.append("  \"arch\": ").append(string(report.arch())).append(",\n");
    json.append("  \"verdict\": ").append(string(ReportText.verdict(report))).append(",\n");
    json.append("  \"conformant\": ").append(report.isConformant()).append(",\n");
    for (Outcome outcome : Outcome.values()) {
      json.append("  ")
          .append(string(outcome.name().toLowerCase(java.util.Locale.ROOT)))
          .append(": ")
          .append(report.count(outcome))
          .append(",\n");
    }
    json.append("  \"environment\": ").append(object(report.environment().facts()));
    json.append(",\n  \"results\": [\n    ")
        .append(
            report.results().stream()
                .map(ReportJson::result)
                .collect(Collectors.joining(",\n    ")))
        .append("\n  ]\n}\n");
    return json.toString();
  }

  private static String result(RuleResult result) {
    return "{\"rule\": "
        + string(result.rule().id())
        + ", \"tier\": "
        + string(result.rule().tier().name())
        + ", \"where\": "
        + string(result.where())
        + ", \"outcome\": "
        + string(result.outcome().name())
        + ", \"checks\": "
        + result.checks()
        + ", \"millis\": "
        + result.millis()
        + ", \"findings\": "
        + array(result.findings())
        + "}";
  }

  private static String object(Map<String, String> map) {
    return map.entrySet().stream()
        .map(entry -> string(entry.getKey()) + ": " + string(entry.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static String array(List<String> texts) {
    return texts.stream().map(ReportJson::string).collect(Collectors.joining(", ", "[", "]"));
  }

  static String string(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (c < ' ') {
            quoted.append(String.format("\\u%04x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
