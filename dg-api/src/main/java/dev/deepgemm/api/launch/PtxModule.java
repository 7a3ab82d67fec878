package dev.deepgemm.api.launch;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * PTX text with one entry point and what its launcher has to know. Immutable; made by a {@link #builder}.
 */
public final class PtxModule {
  private final String text;
  private final String entry;
  private final String target;
  private final int threads;
  private final int cluster;
  private final List<String> origins;

  private PtxModule(Builder parts) {
    text = parts.text;
    entry = parts.entry;
    target = parts.target;
    threads = parts.threads;
    cluster = parts.cluster;
    origins = List.copyOf(parts.origins);
  }

  /**
   * A module, part by part.
   *
   * @param entry name of the entry point
   * @param target exact target, such as {@code sm_90a}
   */
  public static Builder builder(String entry, String target) {
    return new Builder(entry, target);
  }

  /** A module that begins with all parts of this one. */
  public Builder toBuilder() {
    return new Builder(entry, target).text(text).threads(threads).cluster(cluster).origins(origins);
  }

  /** The parts of a module. */
  public static final class Builder {
    private String entry;
    private String target;
    private String text = "";
    private int threads;
    private int cluster = 1;
    private List<String> origins = List.of();

    private Builder(String entry, String target) {
      this.entry = entry;
      this.target = target;
    }

    /** Name of the entry point. */
    public Builder entry(String name) {
      entry = name;
      return this;
    }

    /** Exact target, such as {@code sm_90a}. */
    public Builder target(String name) {
      target = name;
      return this;
    }

    /** The whole module; the same input gives the same bytes. */
    public Builder text(String ptx) {
      text = ptx;
      return this;
    }

    /** Threads per CTA. */
    public Builder threads(int perCta) {
      threads = perCta;
      return this;
    }

    /** CTAs per cluster; 1 unless said otherwise. */
    public Builder cluster(int ctas) {
      cluster = ctas;
      return this;
    }

    /**
     * For each line of the text, the line of Java that emitted it, or an empty string. None unless said
     * otherwise.
     */
    public Builder origins(List<String> lines) {
      origins = lines;
      return this;
    }

    /**
     * The module.
     *
     * @throws IllegalArgumentException if it has no text, no threads, or less than one CTA per cluster
     */
    public PtxModule build() {
      if (text.isEmpty() || threads < 1 || cluster < 1) {
        throw new IllegalArgumentException(
            String.format(
                "module %s has %,d characters of text, %d threads per CTA and %d CTAs per cluster; legal: 1"
                    + " or more of each",
                entry, text.length(), threads, cluster));
      }
      return new PtxModule(this);
    }
  }

  /** The whole module; the same input gives the same bytes. */
  public String text() {
    return text;
  }

  /** Name of the entry point. */
  public String entry() {
    return entry;
  }

  /** Exact target, such as {@code sm_90a}. */
  public String target() {
    return target;
  }

  /** Threads per CTA. */
  public int threads() {
    return threads;
  }

  /** CTAs per cluster. */
  public int cluster() {
    return cluster;
  }

  /** For each line of {@link #text}, the line of Java that emitted it, or an empty string. */
  public List<String> origins() {
    return origins;
  }

  /**
   * The line of Java that emitted a line of PTX, as {@code Class.method(File.java:12)}.
   *
   * @param line 1 is the first
   */
  public Optional<String> origin(int line) {
    return line < 1 || line > origins.size() || origins.get(line - 1).isEmpty()
        ? Optional.empty()
        : Optional.of(origins.get(line - 1));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PtxModule that
        && threads == that.threads
        && cluster == that.cluster
        && entry.equals(that.entry)
        && target.equals(that.target)
        && text.equals(that.text)
        && origins.equals(that.origins);
  }

  @Override
  public int hashCode() {
    int hash = text.hashCode();
    hash = 31 * hash + entry.hashCode();
    hash = 31 * hash + target.hashCode();
    hash = 31 * hash + threads;
    hash = 31 * hash + cluster;
    return 31 * hash + origins.hashCode();
  }

  /** Its name and what a launcher has to know; the text is long. */
  @Override
  public String toString() {
    return "PtxModule["
        + entry
        + ", "
        + target
        + ", threads="
        + threads
        + ", cluster="
        + cluster
        + ", "
        + text.length()
        + " characters]";
  }
}
