package dev.deepgemm.measure.ttft;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.jit.DeepGemm;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.jit.GpuBuffer;
import dev.deepgemm.jit.kernel.JitStats;
import dev.deepgemm.measure.ttft.TtftCall.Origin;
import dev.deepgemm.workloads.Projection;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends a trace through the layers of a model on a device, one product after the other, and looks at the
 * clock around each.
 *
 * <p>All products share one set of buffers, sized for the largest: what is measured is the time until a
 * result is there, not the memory system, and a model's weights would not fit. For the same reason the
 * numbers are all alike.
 */
public final class TtftReplay implements AutoCloseable {
  /** As E4M3 1.0, as BF16 and FP32 a small positive number: nothing that overflows. */
  private static final byte FILL = 0x38;

  private final DeepGemm gemm;
  private final Gpu gpu;
  private final List<Projection> products;
  private final TtftBuffers<GpuBuffer> buffers;
  private final long stream;

  /**
   * Allocates what the largest product needs.
   *
   * @param mostTokens the largest m that will be replayed
   */
  public TtftReplay(DeepGemm gemm, Gpu gpu, List<Projection> products, int mostTokens) {
    this.gemm = gemm;
    this.gpu = gpu;
    this.products = products;
    this.buffers =
        TtftBuffers.of(
            products, mostTokens, bytes -> gpu.allocate(bytes).fill(FILL), GpuBuffer::address);
    this.stream = gpu.createStream();
  }

  /**
   * Replays a trace.
   *
   * @param counts tokens of each pass
   * @param calls how many products in all; the last pass may be cut short
   */
  public List<TtftCall> run(int[] counts, int calls) {
    List<TtftCall> done = new ArrayList<>(calls);
    for (int call = 0; call < calls; call++) {
      int which = call % products.size();
      int m = counts[call / products.size()];
      Projection product = products.get(which);
      JitStats before = gemm.compiler().stats();
      long start = System.nanoTime();
      gemm.gemm(problem(product, m), buffers.operands(product, m), stream);
      gpu.synchronize(stream);
      double micros = (System.nanoTime() - start) / 1e3;
      done.add(new TtftCall(m, which, micros, origin(before, gemm.compiler().stats())));
    }
    return done;
  }

  public static GemmDesc problem(Projection product, int m) {
    return product.type() == DataType.FP8_E4M3
        ? GemmDesc.fp8(m, product.n(), product.k())
        : GemmDesc.bf16(m, product.n(), product.k(), DataType.BF16);
  }

  private static Origin origin(JitStats before, JitStats after) {
    if (after.assembled() > before.assembled()) {
      return Origin.COMPILED;
    }
    if (after.fromDisk() > before.fromDisk()) {
      return Origin.DISK;
    }
    return after.fromPack() > before.fromPack() ? Origin.PACK : Origin.LOADED;
  }

  @Override
  public void close() {
    gpu.destroyStream(stream);
    buffers.all().forEach(GpuBuffer::close);
  }
}
