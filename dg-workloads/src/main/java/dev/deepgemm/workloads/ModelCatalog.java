package dev.deepgemm.workloads;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Problem;
import dev.deepgemm.workloads.files.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** The published models whose figures come with the command: {@code models.json}. */
public final class ModelCatalog {
  private static final String RESOURCE = "models.json";

  private final Map<String, Model> byName;
  private final List<Model> models;

  private ModelCatalog(List<Model> models) {
    this.models = List.copyOf(models);
    Map<String, Model> names = new LinkedHashMap<>();
    for (Model model : models) {
      names.put(model.name, model);
      model.aliases.forEach(alias -> names.put(alias, model));
    }
    this.byName = names;
  }

  /**
   * A published model.
   *
   * @param name how {@code --model} calls it
   * @param aliases other names of models of the same shapes
   * @param source where its figures were published
   * @param type type in which its linear layers are published
   * @param config its figures, under the names of config.json
   */
  public record Model(
      String name, List<String> aliases, String source, DataType type, JsonNode config) {}

  /** Reads the resource. */
  public static ModelCatalog load() {
    try (InputStream in = ModelCatalog.class.getResourceAsStream(RESOURCE)) {
      List<Model> models = new ArrayList<>();
      for (JsonNode node : new ObjectMapper().readTree(Objects.requireNonNull(in)).get("models")) {
        List<String> aliases = new ArrayList<>();
        node.get("aliases").forEach(alias -> aliases.add(alias.asText()));
        boolean fp8 = node.get("dtype").asText().equals("fp8");
        models.add(
            new Model(
                node.get("name").asText(),
                List.copyOf(aliases),
                node.get("source").asText(),
                fp8 ? DataType.FP8_E4M3 : DataType.BF16,
                node.get("config")));
      }
      return new ModelCatalog(models);
    } catch (IOException e) {
      throw new UncheckedIOException("the resource " + RESOURCE + " of this jar", e);
    }
  }

  /** All models, in the order of the file. */
  public List<Model> all() {
    return models;
  }

  /**
   * The model of that name or alias.
   *
   * @throws InputException if there is none ({@code DG-MODEL-01})
   */
  public Model get(String name) {
    Model model = byName.get(name.toLowerCase(Locale.ROOT));
    if (model == null) {
      throw new InputException(
          Problem.of(
              "DG-MODEL-01",
              "there is no model \"%s\"; there are %s. For another one name its folder with"
                  + " --checkpoint, or its products with --shapes",
              name,
              String.join(", ", byName.keySet())));
    }
    return model;
  }
}
