package dev.deepgemm.emulator.internal.machine;

import dev.deepgemm.api.Problem;
import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.check.FindingsException;
import dev.deepgemm.emulator.internal.check.Knowledge;
import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import dev.deepgemm.emulator.internal.check.Text;
import dev.deepgemm.emulator.internal.memory.MBarrier;
import dev.deepgemm.emulator.internal.parse.PtxScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One cluster of CTAs and its scheduler.
 *
 * <p>One thread of Java runs a whole cluster, so nothing here is synchronised and a run is
 * deterministic: a seeded generator chooses which warp runs next and for how long, and when copies
 * land. Another seed is another interleaving; a fault names its seed.
 *
 * <p>Nothing is polled: a group of lanes that has to wait notes the value of {@link #progress}, a
 * counter of everything that could end somebody's wait, and is tried again when it has changed.
 * When all wait, copies land; when none is left to land, that is a deadlock, with the list of who
 * waits for what.
 */
public final class Cluster {
  /** Longest slice of instructions before another warp has its turn. */
  private static final int SLICE = 256;

  /** Instructions without any progress after which spinning is called a livelock. */
  private static final long PATIENCE = 4_000_000;

  private final Launch launch;
  private final int number;
  private final Random random;
  private final PoisonOrigins origins;
  private final List<Transfer> transfers = new ArrayList<>();
  private final Set<String> warnings = new TreeSet<>();
  private final Statistics statistics = new Statistics();
  private final ClusterBarrier barrier;
  private final Knowledge atomics;
  private final OutgoingCopies outgoing = new OutgoingCopies();
  private final Cta[] ctas;

  /** For each thread of the cluster, when it last executed fence.proxy.async. */
  public final int[] proxyFences;

  private final List<Warp> warps = new ArrayList<>();
  private long progress;
  private long tick;
  private int clock;
  private long idle;
  private boolean heardOfOthers;

  public Cluster(Launch launch, int number) {
    this.launch = launch;
    this.number = number;
    this.random = new Random(launch.seed() * 0x9E3779B97F4A7C15L + number);
    List<PtxScope.Register> registers = launch.program().kernel().registers();
    this.origins = new PoisonOrigins(id -> registers.get(id).name());
    int size = launch.plan().cluster();
    this.barrier = new ClusterBarrier(size * launch.plan().threads(), warpCount());
    this.atomics = new Knowledge(warpCount());
    this.proxyFences = new int[size * launch.plan().threads()];
    this.ctas = new Cta[size];
    for (int i = 0; i < size; i++) {
      ctas[i] =
          new Cta(
              this,
              i,
              number * size + i,
              launch.program(),
              launch.plan().threads(),
              launch.plan().smemBytes());
      warps.addAll(List.of(ctas[i].warps()));
    }
  }

  public Launch launch() {
    return launch;
  }

  public int size() {
    return ctas.length;
  }

  public Cta cta(int rank) {
    return ctas[rank];
  }

  public PoisonOrigins origins() {
    return origins;
  }

  public Random random() {
    return random;
  }

  public ClusterBarrier barrier() {
    return barrier;
  }

  public Statistics statistics() {
    return statistics;
  }

  public Set<String> warnings() {
    return warnings;
  }

  /** Warps that the cluster began with. */
  int warpCount() {
    return launch.plan().cluster() * launch.plan().threads() / 32;
  }

  /** What is passed on through atomic operations and volatile memory, wherever. */
  public Knowledge atomics() {
    return atomics;
  }

  /** Copies to global memory that nobody has waited for. */
  public OutgoingCopies outgoing() {
    return outgoing;
  }

  /** Whether it has read what another cluster may have written to tell it something. */
  boolean heardOfOthers() {
    return heardOfOthers;
  }

  /** A warp read global memory in a way that clusters communicate by. */
  public void hearOfOthers() {
    heardOfOthers = true;
  }

  /** Counts everything that may end somebody's wait. */
  long progress() {
    return progress;
  }

  /** Something happened that may end somebody's wait. */
  public void progressed() {
    progress++;
    idle = 0;
  }

  /** The next moment: orders stores and fences of this cluster. */
  public int now() {
    return ++clock;
  }

  void executed(int instructions) {
    statistics.instructions += instructions;
    idle += instructions;
  }

  void warn(String text) {
    warnings.add(text);
  }

  /** Hands something to the hardware; it happens later. */
  public void start(Transfer transfer) {
    // Half of all copies come soon, half only after everybody has had many turns (or waits): both
    // orders find faults that the other hides.
    transfer.due = tick + (random.nextBoolean() ? random.nextInt(16) : 64 + random.nextInt(512));
    transfers.add(transfer);
  }

  /** Runs the cluster until all threads have exited and all copies have landed. */
  public void run() {
    while (!warps.isEmpty()) {
      tick++;
      landDue();
      Warp warp = choose();
      if (warp != null) {
        warp.run(1 + random.nextInt(SLICE));
        if (idle > PATIENCE) {
          throw livelock();
        }
      } else if (!transfers.isEmpty()) {
        land(random.nextInt(transfers.size()));
      } else {
        throw new Deadlock(this).exception();
      }
    }
    while (!transfers.isEmpty()) {
      land(random.nextInt(transfers.size()));
    }
    checkBarriers();
  }

  private @Nullable Warp choose() {
    int count = warps.size();
    int start = random.nextInt(count);
    for (int i = 0; i < count; i++) {
      Warp warp = warps.get((start + i) % count);
      if (warp.runnable()) {
        return warp;
      }
    }
    return null;
  }

  private void landDue() {
    for (int i = transfers.size() - 1; i >= 0; i--) {
      if (i < transfers.size() && transfers.get(i).due <= tick) {
        land(i);
      }
    }
  }

  private void land(int index) {
    Transfer transfer = transfers.get(index);
    try {
      if (transfer.advance()) {
        transfers.remove(transfer);
      }
    } catch (Fault fault) {
      throw located(
          fault, transfer.warp.cta(), transfer.warp, transfer.lane, transfer.line, transfer.name);
    }
    progressed();
  }

  /** Lanes of a warp ended. */
  void exited(Cta cta, Warp warp, int mask) {
    if (warp.live() == 0) {
      warps.remove(warp);
    }
    int gone = 0;
    for (int m = mask; m != 0; m &= m - 1) {
      int thread = warp.thread(Integer.numberOfTrailingZeros(m));
      gone += barrier.arrivedAt(cta.clusterArrivals[thread]) ? 0 : 1;
    }
    barrier.exited(Integer.bitCount(mask), gone);
    progressed();
  }

  private void checkBarriers() {
    for (Cta cta : ctas) {
      for (MBarrier found : cta.shared().barriers().values()) {
        if (found.bytes() != 0) {
          throw new FindingsException(
              List.of(
                  Problem.of(
                      "DG-EMU-32",
                      "CTA %d: at the end of the kernel the transaction count does not add up: %s;"
                          + " announced and copied bytes differ; seed %d",
                      cta.index(),
                      found,
                      launch.seed())));
        }
      }
    }
  }

  private FindingsException livelock() {
    StringBuilder where = new StringBuilder();
    for (Warp warp : warps) {
      for (LaneGroup group : warp.groups()) {
        if (group.runnable(progress)) {
          where.append(Text.format("\n  %s", place(warp, group.mask, group.pc)));
        }
      }
    }
    return new FindingsException(
        List.of(
            Problem.of(
                "DG-EMU-11",
                "%,d instructions without a store, an arrival or a copy; these spin:%s\nseed %d",
                idle,
                where,
                launch.seed())));
  }

  /** {@code CTA 0 warp 3 lanes 0-31 at PTX line 12 (Kernel.java:40), bar.sync}. */
  String place(Warp warp, int mask, int pc) {
    Op op = launch.program().ops()[pc];
    return Text.format(
        "CTA %d warp %d lanes %s at PTX line %d%s, %s",
        warp.cta().index(), warp.index(), Warp.lanes(mask), op.line, java(op.line), op.name);
  }

  private String java(int line) {
    return launch.origins().apply(line).map(text -> " (" + text + ")").orElse("");
  }

  /** A fault with its place. */
  FindingsException located(Fault fault, Cta cta, Warp warp, int lane, int line, String name) {
    String who = lane < 0 ? "" : Text.format(" lane %d", lane);
    return new FindingsException(
        List.of(
            Problem.of(
                fault.id(),
                "CTA %d warp %d%s, PTX line %d%s, %s: %s; seed %d",
                cta.index(),
                warp.index(),
                who,
                line,
                java(line),
                name,
                fault.text(),
                launch.seed())));
  }

  List<Warp> liveWarps() {
    return warps;
  }

  int number() {
    return number;
  }
}
