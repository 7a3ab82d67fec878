package dev.deepgemm.measure;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;

/** How measurements are written: so that a person can read them and a diff is short. */
public final class JsonText {
  private JsonText() {}

  /** Objects over lines, the long columns on one line each. */
  public static String of(JsonNode node) {
    StringBuilder text = new StringBuilder();
    print(text, node, "");
    return text.append('\n').toString();
  }

  private static void print(StringBuilder text, JsonNode node, String indent) {
    boolean plain = !node.isObject() && !(node.isArray() && node.path(0).isObject());
    if (plain) {
      text.append(compact(node));
      return;
    }
    String inner = indent + "  ";
    text.append(node.isObject() ? "{" : "[");
    String separator = "\n";
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    int i = 0;
    for (JsonNode child : node) {
      text.append(separator).append(inner);
      if (node.isObject()) {
        text.append(compact(JsonNodeFactory.instance.textNode(names.get(i)))).append(": ");
      }
      print(text, child, inner);
      separator = ",\n";
      i++;
    }
    text.append('\n').append(indent).append(node.isObject() ? "}" : "]");
  }

  private static String compact(JsonNode node) {
    try {
      return new ObjectMapper().writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of numbers and text cannot fail to print", e);
    }
  }
}
