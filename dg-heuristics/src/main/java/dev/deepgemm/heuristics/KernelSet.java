package dev.deepgemm.heuristics;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.spi.ArchSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Every kernel that a selector can return for given problems while m varies: what to compile before a
 * server takes its first request, and what a kernel pack holds.
 *
 * <p>Why m is not sampled. The selection jumps wherever one more row opens another tile, and the jumps
 * of different tiles do not fall on one grid; warm-ups with a stride finer than they thought necessary
 * have met uncompiled kernels in service all the same. So this class asks the selector about every
 * single m. No rule of an architecture is known here, so none can be forgotten when a plugin changes
 * its rules.
 *
 * <p>What makes that affordable: a selection is pure arithmetic (a few microseconds), different m are
 * independent of each other, and the answers form runs. Twelve shapes with m from 1 to 16,384 are about
 * 200,000 selections: docs/warmup.md has the measured time. The work is split over the common pool; the
 * result does not depend on how.
 *
 * <p>Immutable.
 */
public final class KernelSet {
  /** Values of m that one task asks about: long enough to form runs, short enough to balance. */
  private static final int CHUNK = 512;

  private final List<Use> uses;

  private KernelSet(List<Use> uses) {
    this.uses = List.copyOf(uses);
  }

  /**
   * Why a kernel is in the set: consecutive values of m for which it is selected.
   *
   * @param problem what is multiplied, as it was handed in; its own m means nothing
   * @param m the values
   */
  public record Need(GemmDesc problem, MRange m) {}

  /**
   * A kernel with everything that needs it.
   *
   * @param kernel the kernel
   * @param needs in the order of the problems, then of m; no two of one problem touch
   */
  public record Use(KernelSpec kernel, List<Need> needs) {
    /** Copies the list. */
    public Use {
      needs = List.copyOf(needs);
    }

    /** How many pairs of a problem and an m select this kernel. */
    public long selections() {
      return needs.stream().mapToLong(need -> need.m().size()).sum();
    }

    /** The problems that need it, each once, in their order. */
    public Set<GemmDesc> problems() {
      Set<GemmDesc> problems = new LinkedHashSet<>();
      needs.forEach(need -> problems.add(need.problem()));
      return problems;
    }
  }

  /**
   * The kernels of some problems over a range of m.
   *
   * @param problems what is multiplied; the m of each is ignored, doubles count once
   * @throws UnsupportedGemmException with all different reasons, if there is a problem and an m that
   *     cannot be configured
   */
  public static KernelSet of(
      ConfigSelector selector, ArchSpec arch, Collection<GemmDesc> problems, MRange m) {
    List<Task> tasks = new ArrayList<>();
    Set<GemmDesc> distinct = new LinkedHashSet<>();
    for (GemmDesc problem : problems) {
      GemmDesc anyM = problem.withM(m.first());
      if (distinct.add(anyM)) {
        for (int first = m.first(); ; first += CHUNK) {
          // Written so that a range that ends at the largest integer does not overflow.
          int last = m.last() - first < CHUNK ? m.last() : first + CHUNK - 1;
          tasks.add(new Task(anyM, new MRange(first, last)));
          if (last == m.last()) {
            break;
          }
        }
      }
    }
    List<Answer> answers = tasks.parallelStream().map(task -> task.answer(selector, arch)).toList();
    Set<Problem> refused = new LinkedHashSet<>();
    answers.forEach(answer -> refused.addAll(answer.refused));
    if (!refused.isEmpty()) {
      throw new UnsupportedGemmException(List.copyOf(refused));
    }
    return collect(answers);
  }

  /** The part of the work that one thread does. */
  private record Task(GemmDesc problem, MRange m) {
    Answer answer(ConfigSelector selector, ArchSpec arch) {
      List<Run> runs = new ArrayList<>();
      Set<Problem> refused = new LinkedHashSet<>();
      IntStream.rangeClosed(m.first(), m.last())
          .forEach(
              rows -> {
                try {
                  KernelSpec kernel = selector.select(arch, problem.withM(rows)).kernel();
                  append(runs, new Run(problem, kernel, rows, rows));
                } catch (UnsupportedGemmException e) {
                  refused.addAll(e.problems());
                }
              });
      return new Answer(runs, refused);
    }
  }

  private record Answer(List<Run> runs, Set<Problem> refused) {}

  /** Consecutive m of one problem that select one kernel. */
  private record Run(GemmDesc problem, KernelSpec kernel, int first, int last) {}

  /** Adds a run behind the others; one that continues the last becomes part of it. */
  private static void append(List<Run> runs, Run next) {
    if (!runs.isEmpty()) {
      Run before = runs.get(runs.size() - 1);
      if (before.last + 1 == next.first
          && before.kernel.equals(next.kernel)
          && before.problem.equals(next.problem)) {
        runs.set(runs.size() - 1, new Run(next.problem, next.kernel, before.first, next.last));
        return;
      }
    }
    runs.add(next);
  }

  private static KernelSet collect(List<Answer> answers) {
    List<Run> runs = new ArrayList<>();
    answers.forEach(answer -> answer.runs.forEach(run -> append(runs, run)));
    Map<KernelSpec, List<Need>> needs = new TreeMap<>(ORDER);
    for (Run run : runs) {
      needs
          .computeIfAbsent(run.kernel, kernel -> new ArrayList<>())
          .add(new Need(run.problem, new MRange(run.first, run.last)));
    }
    return new KernelSet(
        needs.entrySet().stream().map(e -> new Use(e.getKey(), e.getValue())).toList());
  }

  /** By what a reader looks for first; the name, which is unique, comes last. */
  private static final Comparator<KernelSpec> ORDER =
      Comparator.comparing(KernelSpec::arch)
          .thenComparing(KernelSpec::aType)
          .thenComparing(KernelSpec::kind)
          .thenComparing(kernel -> kernel.tile().m())
          .thenComparing(kernel -> kernel.tile().n())
          .thenComparing(KernelSpec::stages)
          .thenComparing(KernelSpec::multicast)
          .thenComparing(KernelSpec::id);

  /** The kernels with what needs them: ordered by type, kind, tile and depth, alike on every run. */
  public List<Use> uses() {
    return uses;
  }

  /** The kernels, in the order of {@link #uses}. */
  public List<KernelSpec> kernels() {
    return uses.stream().map(Use::kernel).toList();
  }

  /** How many kernels there are. */
  public int size() {
    return uses.size();
  }

  /** What needs a kernel; empty for one that is not in the set. */
  public Optional<Use> use(KernelSpec kernel) {
    return uses.stream().filter(use -> use.kernel.equals(kernel)).findFirst();
  }

  /** Two sets are equal if their kernels and what needs them are. */
  @Override
  public boolean equals(Object other) {
    return other instanceof KernelSet set && uses.equals(set.uses);
  }

  @Override
  public int hashCode() {
    return uses.hashCode();
  }

  @Override
  public String toString() {
    Map<String, Integer> byKind = new LinkedHashMap<>();
    kernels()
        .forEach(kernel -> byKind.merge(kernel.aType() + " " + kernel.kind(), 1, Integer::sum));
    return size() + " kernels " + byKind;
  }
}
