package dev.deepgemm.ptx;

import java.util.List;
import java.util.stream.Stream;

/** Parameters, global memory and shared memory: addresses, loads and stores. */
public sealed interface MemoryOps permits Code {
  private Emission out() {
    return ((Code) this).emission;
  }

  // ---------------------------------------------------------------- parameters

  /** Reads a 32-bit kernel parameter. */
  default U32 ldParam(Param.Int parameter) {
    return out().u32("ld.param.u32", "[" + parameter.name() + "]");
  }

  /** Reads a pointer parameter as an address of global memory. */
  default U64 ldParam(Param.Address parameter) {
    U64 generic = out().u64("ld.param.u64", "[" + parameter.name() + "]");
    return out().u64("cvta.to.global.u64", generic);
  }

  /** The address of a tensor map that is a parameter. */
  default TensorMapAddress addressOf(Param.Map parameter) {
    U64 address = out().u64("mov.b64", parameter.name());
    return out().result(new TensorMapAddress(out().nameB64()), "cvta.param.u64", address);
  }

  // ---------------------------------------------------------------- global memory

  /** Reads a float through the read-only path. */
  default F32 ldGlobalNc(U64 address) {
    return out().f32("ld.global.nc.f32", "[" + address + "]");
  }

  /** Asks for the line of an address of global memory to be brought into the L2 cache. */
  default void prefetchL2(U64 address) {
    out().instruction("prefetch.global.L2", "[" + address + "]");
  }

  /** Writes four registers to global memory; the address is a multiple of 16. */
  default void stGlobal4(U64 address, List<U32> values) {
    out().instruction("st.global.v4.u32", "[" + address + "]", Code.vector(values.stream()));
  }

  // ---------------------------------------------------------------- shared memory

  /** Address of the dynamic shared memory of the CTA, a multiple of 1,024. */
  default SmemAddress dynamicSmem() {
    return out().smem("mov.u32", KernelBuilder.SMEM);
  }

  /** So many bytes behind an address. */
  default SmemAddress add(SmemAddress address, int bytes) {
    return out().smem("add.u32", address, bytes);
  }

  /** So many bytes behind an address. */
  default SmemAddress add(SmemAddress address, U32 bytes) {
    return out().smem("add.u32", address, bytes);
  }

  /** Address of the {@code index}-th of things that lie {@code stride} bytes apart. */
  default SmemAddress mad(U32 index, int stride, SmemAddress first) {
    return out().smem("mad.lo.u32", index, stride, first);
  }

  /** An address as a number: for those who tell hardware about it. */
  default U32 bits(SmemAddress address) {
    return new U32(address.name());
  }

  /** The address of the same variable in the CTA of that rank in the cluster, possibly this one. */
  default ClusterAddress inCluster(SmemAddress own, U32 ctaRank) {
    out().require(IsaFeature.CLUSTER);
    return out()
        .result(new ClusterAddress(out().nameB32()), "mapa.shared::cluster.u32", own, ctaRank);
  }

  /** Reads a float from shared memory. */
  default F32 ldShared(SmemAddress address, int offset) {
    return out().f32("ld.shared.f32", Code.at(address, offset));
  }

  /** Writes a float to shared memory. */
  default void stShared(SmemAddress address, int offset, F32 value) {
    out().instruction("st.shared.f32", Code.at(address, offset), value);
  }

  /** Writes two floats to shared memory; the address is a multiple of 8. */
  default void stShared(SmemAddress address, int offset, F32 first, F32 second) {
    String pair = "{" + first + ", " + second + "}";
    out().instruction("st.shared.v2.f32", Code.at(address, offset), pair);
  }

  /** Reads two floats from shared memory; the address is a multiple of 8. */
  default List<F32> ldShared2(SmemAddress address, int offset) {
    F32 first = new F32(out().nameF32());
    F32 second = new F32(out().nameF32());
    String pair = "{" + first + ", " + second + "}";
    out().instruction("ld.shared.v2.f32", pair, Code.at(address, offset));
    return List.of(first, second);
  }

  /** Reads 16 bytes from shared memory; the address is a multiple of 16. */
  default List<U32> ldShared4(SmemAddress address) {
    List<U32> d = Stream.generate(() -> new U32(out().nameB32())).limit(4).toList();
    out().instruction("ld.shared.v4.u32", Code.vector(d.stream()), "[" + address + "]");
    return d;
  }
}
