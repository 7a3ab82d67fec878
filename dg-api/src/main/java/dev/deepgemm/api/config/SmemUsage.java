package dev.deepgemm.api.config;

import java.util.ArrayList;
import java.util.List;

/**
 * Shared memory of one CTA by part, in bytes. What a stage needs is told per stage, so that one value
 * answers for every stage count. What parts there are is the architecture's business; nobody else reads
 * more of a name than a human would.
 */
public final class SmemUsage {
  private final List<Part> parts;
  private final int fixed;
  private final int perStage;

  /**
   * A part that takes bytes.
   *
   * @param name for humans: lower case, words of the field
   * @param bytes how many, 1 or more
   * @param perStage whether each stage has as many
   */
  public record Part(String name, int bytes, boolean perStage) {}

  private SmemUsage(List<Part> parts) {
    this.parts = List.copyOf(parts);
    this.fixed = sum(parts, false);
    this.perStage = sum(parts, true);
  }

  private static int sum(List<Part> parts, boolean perStage) {
    int bytes = 0;
    for (Part part : parts) {
      if (part.perStage == perStage) {
        bytes = Math.addExact(bytes, part.bytes);
      }
    }
    return bytes;
  }

  /** Parts one by one; those without bytes are left out. */
  public static Builder builder() {
    return new Builder();
  }

  /** Adds parts. */
  public static final class Builder {
    private final List<Part> parts = new ArrayList<>();

    private Builder() {}

    /** A part that there is once. */
    public Builder fixed(String name, int bytes) {
      return add(name, bytes, false);
    }

    /** A part that every stage has. */
    public Builder perStage(String name, int bytes) {
      return add(name, bytes, true);
    }

    private Builder add(String name, int bytes, boolean perStage) {
      if (bytes < 0 || parts.stream().anyMatch(part -> part.name.equals(name))) {
        throw new IllegalArgumentException(
            "shared memory part \""
                + name
                + "\" of "
                + bytes
                + " bytes; legal: 0 or more, each once");
      }
      if (bytes > 0) {
        parts.add(new Part(name, bytes, perStage));
      }
      return this;
    }

    /** All that was added. */
    public SmemUsage build() {
      return new SmemUsage(parts);
    }
  }

  /** The parts that have bytes, in the order in which they were added. */
  public List<Part> parts() {
    return parts;
  }

  /** Bytes of a part, of one stage if every stage has them; 0 if there is none of that name. */
  public int bytes(String name) {
    for (Part part : parts) {
      if (part.name.equals(name)) {
        return part.bytes;
      }
    }
    return 0;
  }

  /** Bytes that grow with each stage. */
  public int perStage() {
    return perStage;
  }

  /** Bytes that do not depend on the number of stages. */
  public int fixed() {
    return fixed;
  }

  /** Bytes for {@code stages} stages. */
  public int total(int stages) {
    return Math.addExact(fixed, Math.multiplyExact(stages, perStage));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SmemUsage that && parts.equals(that.parts);
  }

  @Override
  public int hashCode() {
    return parts.hashCode();
  }

  @Override
  public String toString() {
    return "SmemUsage" + parts;
  }
}
