package dev.deepgemm.api.config;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Threads of one CTA by role. What roles there are, and what they are called, is the architecture's
 * business: {@code tma} and {@code math} on Hopper, {@code issue} and {@code epilogue} on Blackwell.
 *
 * @param parts the roles, each once
 */
public record ThreadRoles(List<Part> parts) {
  /** The word of every architecture for the threads that load. */
  public static final String TMA = "tma";

  /** The word of every architecture for the threads that multiply and hold the sums. */
  public static final String MATH = "math";

  /**
   * A role.
   *
   * @param role its name: lower-case letters, dashes between words; no digits, since names of kernels have the
   *     number of threads behind it
   * @param threads how many threads have it
   */
  public record Part(String role, int threads) {
    /** Checks that there is a name, and a thread. */
    public Part {
      if (!role.matches("[a-z]+(-[a-z]+)*") || threads < 1) {
        throw new IllegalArgumentException(
            "role \""
                + role
                + "\" with "
                + threads
                + " threads; legal: lower-case words, 1 or more");
      }
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Part that && threads == that.threads && role.equals(that.role);
    }

    @Override
    public int hashCode() {
      return 31 * role.hashCode() + threads;
    }
  }

  /** Copies the list; each role may be there once. */
  public ThreadRoles {
    parts = List.copyOf(parts);
    if (parts.stream().map(Part::role).distinct().count() != parts.size() || parts.isEmpty()) {
      throw new IllegalArgumentException("roles " + parts + "; legal: one or more, each once");
    }
  }

  /** One role. */
  public static ThreadRoles of(String role, int threads) {
    return new ThreadRoles(List.of(new Part(role, threads)));
  }

  /** Two roles. */
  public static ThreadRoles of(String first, int threads, String second, int others) {
    return new ThreadRoles(List.of(new Part(first, threads), new Part(second, others)));
  }

  /** Threads of a role; 0 if there is none of that name. */
  public int of(String role) {
    for (Part part : parts) {
      if (part.role.equals(role)) {
        return part.threads;
      }
    }
    return 0;
  }

  /** Threads of the CTA. */
  public int total() {
    int sum = 0;
    for (Part part : parts) {
      sum += part.threads;
    }
    return sum;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other || (other instanceof ThreadRoles that && parts.equals(that.parts));
  }

  @Override
  public int hashCode() {
    return parts.hashCode();
  }

  /** As in {@code tma 128 + math 256}. */
  @Override
  public String toString() {
    return parts.stream()
        .map(part -> part.role + " " + part.threads)
        .collect(Collectors.joining(" + "));
  }
}
