package dev.deepgemm.workloads;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Problem;
import dev.deepgemm.workloads.files.InputException;
import dev.deepgemm.workloads.safetensors.Safetensors;
import dev.deepgemm.workloads.safetensors.SafetensorsHeader;
import dev.deepgemm.workloads.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The weights of a checkpoint folder, from the headers of its safetensors files; no tensor is read.
 *
 * <p>A checkpoint of several files has an index that names the file of each tensor. A file that the index
 * names and that is not there means a download that is not complete, and is an error; without an index
 * every {@code *.safetensors} of the folder counts.
 *
 * @param weights the matrices that layers multiply with, by name
 * @param heads from config.json
 * @param skipped matrices that no kernel multiplies with, as "type name", each once
 */
public record CheckpointWeights(List<Weight> weights, Heads heads, Set<String> skipped) {
  private static final String INDEX = "model.safetensors.index.json";
  private static final Pattern EXPERT = Pattern.compile("(.*\\.experts)\\.(\\d+)");
  private static final String SUFFIX = ".weight";

  /** A file of the folder itself; the index may come from a stranger. */
  private static final Pattern NAME = Pattern.compile("[\\w-][\\w.-]*");

  /** Looked up by row, or a vector in disguise: never B of a product. */
  private static final Set<String> NO_PRODUCT = Set.of("embed_tokens", "wte", "embeddings");

  /**
   * Reads a checkpoint folder.
   *
   * @throws InputException if it is no folder, has no safetensors files, or one is missing ({@code
   *     DG-MODEL-04}), a JSON file is not legal ({@code DG-MODEL-05}), or a safetensors file is not ({@code
   *     DG-FILE-*})
   */
  public static CheckpointWeights read(Path folder) {
    Map<String, TensorInfo> tensors = new TreeMap<>();
    for (Path file : files(folder)) {
      try (Safetensors opened = Safetensors.open(file)) {
        for (String name : opened.names()) {
          opened.tensor(name).ifPresent(tensor -> tensors.put(name, tensor));
        }
      }
    }
    Optional<JsonNode> config = json(folder.resolve("config.json"));
    return of(tensors, config);
  }

  private static CheckpointWeights of(Map<String, TensorInfo> tensors, Optional<JsonNode> config) {
    Map<String, Integer> experts = new LinkedHashMap<>();
    for (String name : tensors.keySet()) {
      Matcher expert = EXPERT.matcher(parent(withoutSuffix(name)));
      if (expert.matches()) {
        experts.merge(expert.group(1), Integer.parseInt(expert.group(2)) + 1, Math::max);
      }
    }
    List<Weight> weights = new ArrayList<>();
    Set<String> skipped = new TreeSet<>();
    for (TensorInfo tensor : tensors.values()) {
      String name = withoutSuffix(tensor.name());
      boolean matrix = tensor.shape().size() == 2 && tensor.name().endsWith(SUFFIX);
      String leaf = name.substring(name.lastIndexOf('.') + 1);
      if (!matrix || NO_PRODUCT.contains(leaf)) {
        continue;
      }
      Optional<DataType> type = type(tensor.dtype());
      long rows = tensor.shape().get(0);
      long columns = tensor.shape().get(1);
      boolean fits = Math.min(rows, columns) > 0 && Math.max(rows, columns) <= Integer.MAX_VALUE;
      if (type.isEmpty() || !Projections.isKnown(leaf) || !fits) {
        skipped.add(tensor.dtype() + " " + SafetensorsHeader.shown(leaf));
        continue;
      }
      String module = parent(name);
      Matcher expert = EXPERT.matcher(module);
      int of = expert.matches() ? experts.getOrDefault(expert.group(1), 0) : 0;
      weights.add(new Weight(module, leaf, (int) rows, (int) columns, type.get(), of));
    }
    tiedHead(tensors, config).ifPresent(weights::add);
    return new CheckpointWeights(
        List.copyOf(weights), config.map(ModelConfig::heads).orElse(Heads.UNKNOWN), skipped);
  }

  /** A model whose output head is its embedding stores it once, under the embedding's name. */
  private static Optional<Weight> tiedHead(
      Map<String, TensorInfo> tensors, Optional<JsonNode> config) {
    TensorInfo embedding = tensors.get("model.embed_tokens.weight");
    boolean tied = config.isPresent() && config.get().path("tie_word_embeddings").asBoolean(false);
    if (!tied
        || embedding == null
        || embedding.shape().size() != 2
        || tensors.containsKey("lm_head.weight")) {
      return Optional.empty();
    }
    return type(embedding.dtype())
        .map(
            type ->
                new Weight(
                    "",
                    "lm_head",
                    Math.toIntExact(embedding.shape().get(0)),
                    Math.toIntExact(embedding.shape().get(1)),
                    type,
                    0));
  }

  private static Optional<DataType> type(String dtype) {
    return switch (dtype) {
      case "F8_E4M3" -> Optional.of(DataType.FP8_E4M3);
      case "BF16" -> Optional.of(DataType.BF16);
      default -> Optional.empty();
    };
  }

  private static String withoutSuffix(String name) {
    return name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
  }

  private static String parent(String name) {
    return name.substring(0, Math.max(0, name.lastIndexOf('.')));
  }

  private static List<Path> files(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw unusable(folder, "it is not a folder");
    }
    Optional<JsonNode> index = json(folder.resolve(INDEX));
    if (index.isPresent()) {
      Set<String> names = new LinkedHashSet<>();
      index.get().path("weight_map").forEach(file -> names.add(file.asText()));
      List<String> elsewhere =
          names.stream().filter(name -> !NAME.matcher(name).matches()).toList();
      if (!elsewhere.isEmpty()) {
        throw unusable(folder, INDEX + " names files that are none of the folder: " + elsewhere);
      }
      List<Path> files = names.stream().map(folder::resolve).toList();
      List<String> missing =
          files.stream()
              .filter(file -> !Files.isRegularFile(file))
              .map(file -> file.getFileName().toString())
              .toList();
      if (!missing.isEmpty()) {
        throw unusable(
            folder,
            missing.size() + " of the files that " + INDEX + " names are not there: " + missing);
      }
      if (!files.isEmpty()) {
        return files;
      }
    }
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.safetensors")) {
      Set<Path> files = new TreeSet<>();
      found.forEach(files::add);
      if (files.isEmpty()) {
        throw unusable(folder, "it holds no *.safetensors");
      }
      return List.copyOf(files);
    } catch (IOException e) {
      throw unusable(folder, e.toString());
    }
  }

  private static InputException unusable(Path folder, String why) {
    return new InputException(
        Problem.of(
            "DG-MODEL-04",
            "%s is no complete checkpoint: %s. A checkpoint is a folder of safetensors files as models"
                + " are published, with config.json",
            folder,
            why));
  }

  private static Optional<JsonNode> json(Path file) {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(new ObjectMapper().readTree(file.toFile()));
    } catch (JsonProcessingException e) {
      throw new InputException(
          Problem.of("DG-MODEL-05", "%s is not legal JSON: %s", file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new InputException(Problem.of("DG-MODEL-05", "%s cannot be read: %s", file, e), e);
    }
  }
}
