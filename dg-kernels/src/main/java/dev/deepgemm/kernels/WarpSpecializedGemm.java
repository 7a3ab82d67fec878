package dev.deepgemm.kernels;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.kernels.epilogue.Epilogue;
import dev.deepgemm.kernels.feed.EarlyStart;
import dev.deepgemm.kernels.feed.MatrixFeed;
import dev.deepgemm.kernels.feed.Prefetcher;
import dev.deepgemm.kernels.feed.Producer;
import dev.deepgemm.kernels.launch.KernelArguments;
import dev.deepgemm.kernels.launch.Launch;
import dev.deepgemm.kernels.math.ClusterReduction;
import dev.deepgemm.kernels.math.KReduction;
import dev.deepgemm.kernels.math.MathLoop;
import dev.deepgemm.kernels.math.OverlappedScaledMathLoop;
import dev.deepgemm.kernels.math.PlainMathLoop;
import dev.deepgemm.kernels.math.ScaledMathLoop;
import dev.deepgemm.kernels.math.SlotOperands;
import dev.deepgemm.kernels.scale.Promotion;
import dev.deepgemm.kernels.scale.Scales;
import dev.deepgemm.kernels.warpgroup.ClusterBarriers;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.KernelBarriers;
import dev.deepgemm.kernels.warpgroup.KernelSmem;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.warpgroup.WarpgroupShape;
import dev.deepgemm.kernels.work.DenseWork;
import dev.deepgemm.kernels.work.KLoop;
import dev.deepgemm.kernels.work.KRange;
import dev.deepgemm.kernels.work.TileScheduler;
import dev.deepgemm.kernels.work.TileWalk;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.SpecialRegister;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.sync.Arrivals;
import dev.deepgemm.ptx.sync.Pipeline;
import dev.deepgemm.ptx.sync.Sync;
import java.util.List;

/**
 * A persistent, warp-specialised GEMM by wgmma: one composition for every kind of part.
 *
 * <h2>Parts</h2>
 *
 * <p>A kernel is made of six parts ({@link Parts}), and each of them is the only one that knows its subject:
 *
 * <ul>
 *   <li><b>work</b> ({@link DenseWork}): which tiles there are, in which order, and which steps along k;
 *   <li><b>A</b> and <b>B</b> ({@link MatrixFeed}): how an operand lies in global memory, which boxes of it
 *       fill a slot, and how wgmma finds it there;
 *   <li><b>scales</b> ({@link Scales}): what is loaded with a slot besides, and how a product is scaled;
 *   <li><b>early</b> ({@link EarlyStart}): what a CTA does before the previous grid has ended;
 *   <li><b>epilogue</b> ({@link Epilogue}): how sums become D.
 * </ul>
 *
 * <p>A part is made once per kernel, with the {@link KernelArguments}, where it declares its parameters along
 * with what a launch passes for them. So the entry's parameter list and a launch's arguments are one list, and
 * whoever composes a kernel neither names a parameter nor counts them; the order is that in which the parts
 * are made. What a part demands of operands it says as rules ({@link
 * dev.deepgemm.kernels.launch.OperandRule}), which an architecture collects for a signature. And what a part
 * needs of shared memory it finds in {@link KernelSmem}, under a name by which the configuration counted it.
 *
 * <p>Making a part emits nothing. Code is emitted when a role is opened: {@link Scales#loader}, {@link
 * MatrixFeed#loader}, {@link DenseWork#scheduler}, {@link Epilogue#role} and so on take the {@link Cta} for
 * which a role is emitted, load there what they need in registers, and return what the role calls. A role in
 * one warp therefore holds no register for the sake of another's. {@link Cta} is all that parts share: the
 * code, the spec, the places in shared memory and the hardware barriers. A new operand layout or scale scheme
 * is one more implementation here, and no branch in the roles.
 *
 * <h2>Roles</h2>
 *
 * <p>A CTA has one or two math warpgroups, or slices of them along k, and, behind them, a producer warpgroup of
 * which a single thread loads ({@link Producer}); three of its warps are done once they have asked for the
 * first lines of A and B ({@link Prefetcher}). They meet only in the {@link Pipeline}: the producer fills
 * slots with what A, B and scales bring for a step of k, the math warpgroups consume them in a {@link
 * MathLoop}. There are three loops, for the three ways in which a product becomes a sum: {@link PlainMathLoop}
 * lets wgmma add up the whole of k, {@link ScaledMathLoop} takes each step's product out and has it {@linkplain
 * Promotion promoted}, and {@link OverlappedScaledMathLoop} does so while the next one is multiplied. Behind
 * the loop sums meet, those of slices in {@link KReduction} and those of a cluster in {@link ClusterReduction},
 * and go to the epilogue.
 *
 * <p>Each role walks the same tiles in the same order ({@link TileScheduler}), so the producer runs ahead into
 * the next tile while the math warpgroups still store the last one.
 *
 * <h2>The frame</h2>
 *
 * <p>Registers: the launch gives every thread the same number, of which the producer gives back most
 * and the math warpgroups take more ({@code setmaxnreg}, {@link WarpgroupShape#mathRegisters}); their
 * accumulators would not fit otherwise.
 *
 * <p>Programmatic dependent launch: everything up to the roles' first access to operands may run
 * before the previous grid has ended, and this grid lets the next one do the same. Launched without
 * that permission, the two instructions do nothing. What a CTA does with the time until then: it asks for
 * B to be brought into the cache, or fetches it if it is promised to be constant.
 */
public final class WarpSpecializedGemm {
  private final KernelSpec spec;
  private final KernelSmem smem;
  private final KernelArguments arguments;
  private final Parts parts;
  private final WarpgroupShape shape;
  private final KernelBarriers barriers;

  /**
   * What the kernel is made of. Each part has declared its arguments where it was made.
   *
   * @param work tiles and steps
   * @param a left operand
   * @param b right operand
   * @param scales of both
   * @param early what happens before the previous grid has ended
   * @param epilogue how D leaves
   */
  public record Parts(
      DenseWork work,
      MatrixFeed a,
      MatrixFeed b,
      Scales scales,
      EarlyStart early,
      Epilogue epilogue) {}

  /**
   * A kernel of parts.
   *
   * @param smem where its shared memory lies
   * @param arguments what the parts declared
   */
  public WarpSpecializedGemm(
      KernelSpec spec, KernelSmem smem, KernelArguments arguments, Parts parts) {
    this.spec = spec;
    this.smem = smem;
    this.arguments = arguments;
    this.parts = parts;
    this.shape = WarpgroupShape.of(spec);
    this.barriers = KernelBarriers.of(spec);
  }

  /** The kernel's PTX. */
  public PtxModule emit(String target) {
    KernelBuilder kernel =
        new KernelBuilder(spec.id(), target, spec.threads().total(), spec.cluster());
    kernel.note("DeepGEMM for Java");
    kernel.params(arguments.params());
    return kernel.build(code -> body(new Cta(code, spec, smem, code.dynamicSmem(), barriers)));
  }

  /** A launch of the kernel. */
  public LaunchPlan plan(GemmConfig config, GemmOperands operands) {
    return new LaunchPlan(
        config.numSms(),
        spec.threads().total(),
        spec.cluster(),
        config.smemBytes(),
        arguments.values(new Launch(config, operands)));
  }

  private void body(Cta cta) {
    Code code = cta.code();
    U32 warp = code.broadcast(code.div(code.special(SpecialRegister.TID_X), WarpgroupShape.WARP));
    int mathWarps = spec.threads().of(ThreadRoles.MATH) / WarpgroupShape.WARP;
    Arrivals consumers =
        Arrivals.of(shape.threadsPerSlice() / WarpgroupShape.WARP, "math warps")
            .inEachOf(spec.multicast().ctas());
    Pipeline pipeline = new Pipeline(code, cta.base(), smem.full(), smem.empty(), consumers);

    Pred isProducerWarp = code.setp(Cmp.EQ, warp, mathWarps);
    code.choose(
        code.setp(Cmp.LE, warp, mathWarps),
        () -> {
          code.section("prologue: barriers and tensor maps");
          code.when(
              Sync.elect(code),
              () -> {
                code.when(isProducerWarp, () -> prologue(cta));
                pipeline.init(warp, mathWarps + 1);
              });
          meet(code);
        },
        () -> {
          code.section("helpers: hints to the cache, for which nobody waits");
          arriveAtMeeting(code);
          new Prefetcher(cta, parts.work, parts.early).emit();
          leaveMeeting(code);
        });

    code.choose(
        code.setp(Cmp.GE, warp, mathWarps),
        () -> {
          code.section("producer");
          Sync.registersAtMost(code, WarpgroupShape.producerRegisters());
          code.when(
              isProducerWarp, () -> code.when(Sync.elect(code), () -> producer(cta, pipeline)));
        },
        () -> {
          code.section("math");
          Sync.registersUpTo(code, shape.mathRegisters());
          math(cta, pipeline);
        });

    if (spec.cluster() > 1) {
      code.section("end: another CTA may still arrive at barriers of this one");
      Sync.cluster(code);
    }
  }

  private void prologue(Cta cta) {
    Code code = cta.code();
    parts.a.prefetchMap(code);
    parts.b.prefetchMap(code);
    parts.epilogue.prefetchMaps(code);
    parts.scales.prefetchMaps(code);
    if (spec.splitK() > 1) {
      ClusterBarriers.of(cta).init(spec);
    }
  }

  /** Barriers are initialised: for the CTA, and for the partner that will arrive at them. */
  private void meet(Code code) {
    if (spec.cluster() > 1) {
      Sync.cluster(code);
    } else {
      barriers.cta().sync(code);
    }
  }

  private void arriveAtMeeting(Code code) {
    if (spec.cluster() > 1) {
      Sync.arriveInCluster(code);
    } else {
      barriers.cta().arrive(code);
    }
  }

  private void leaveMeeting(Code code) {
    if (spec.cluster() > 1) {
      Sync.awaitCluster(code);
    }
  }

  private void producer(Cta cta, Pipeline pipeline) {
    TileScheduler scheduler = parts.work.scheduler(cta.code());
    KRange range = parts.work.range(cta.code());
    Sync.letNextGridStart(cta.code());
    Producer.Feeds feeds = new Producer.Feeds(parts.a, parts.b, parts.scales, parts.early);
    new Producer(cta, scheduler, range, feeds).emit(pipeline);
  }

  private MathLoop scaledLoop(
      Cta cta,
      Pipeline pipeline,
      SlotOperands operands,
      MathThreads threads,
      KLoop kLoop,
      Promotion promotion) {
    return OverlappedScaledMathLoop.suits(spec, parts.scales)
        ? new OverlappedScaledMathLoop(cta.code(), pipeline, operands, kLoop, promotion)
        : new ScaledMathLoop(cta.code(), operands, threads, kLoop, promotion);
  }

  private void math(Cta cta, Pipeline pipeline) {
    Code code = cta.code();
    MathThreads threads = MathThreads.of(code, spec);
    TileWalk walk = new TileWalk(code, parts.work.scheduler(code));
    KRange range = parts.work.range(code);
    SlotOperands operands = new SlotOperands(cta, threads, parts.a, parts.b);
    KLoop kLoop = new KLoop(code, threads, range);
    MathLoop loop;
    if (spec.scaling().isScaled()) {
      Promotion promotion = parts.scales.promotion(cta, threads, kLoop, range);
      loop = scaledLoop(cta, pipeline, operands, threads, kLoop, promotion);
      walk.first(promotion::prefetch);
    } else {
      loop = new PlainMathLoop(code, operands, threads, kLoop, spec.stages() / shape.kSlices());
    }
    KReduction reduction = new KReduction(cta, threads);
    ClusterReduction cluster =
        spec.splitK() == 1 ? null : new ClusterReduction(cta, threads, range);
    Epilogue.Role epilogue = parts.epilogue.role(cta, threads, range.rank());
    Pipeline.ConsumerCursor ring = pipeline.consumer(threads.kSlice(), shape.kSlices());
    Sync.awaitPreviousGrid(code);
    walk.first(loop::prepare);
    walk.forEach(
        (place, next) -> {
          code.comment("the next tile, while this one's first slot is not there yet");
          next.locate();
          List<List<F32Var>> sums = loop.emit(ring);
          code.comment("what the next tile begins with");
          next.ifAny(loop::prepare);
          reduction.emit(
              sums,
              cluster == null
                  ? () -> epilogue.emit(place, sums)
                  : () -> cluster.emit(sums, mine -> epilogue.emit(place, mine)));
        });
    epilogue.drain();
  }
}
